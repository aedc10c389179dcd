import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createLogger } from './logger.ts';
import { createPrintLog } from './print-log.ts';

/** A log at level `debug`, and what was written to it. */
function setUp() {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('debug', { write: (line) => lines.push(JSON.parse(line)) });
  return { lines, print: createPrintLog(logger)! };
}

test('prints are not taken above level debug', () => {
  for (const level of ['info', 'warn', 'error', 'fatal', 'silent'] as const) {
    assert.equal(createPrintLog(createLogger(level, { write: () => assert.fail() })), undefined);
  }
});

test('prints are written later, in order and with their policy set', async () => {
  const { lines, print } = setUp();
  for (let i = 0; i < 200; i++) print(i % 2 === 0 ? 'shop' : 'bank', `message ${i}`);
  assert.deepEqual(lines, []);
  while (lines.length < 200) await setImmediate();
  assert.deepEqual(
    lines.map(({ policy_set, policy_print }) => [policy_set, policy_print]),
    Array.from({ length: 200 }, (_, i) => [i % 2 === 0 ? 'shop' : 'bank', `message ${i}`]),
  );
  assert.equal(lines[0]?.['level'], 'debug');
});

test('prints beyond the buffer are dropped and counted, long ones cut', async () => {
  const { lines, print } = setUp();
  print('shop', 'x'.repeat(100_000));
  for (let i = 0; i < 1500; i++) print('shop', 'y');
  while (lines.length < 1001) await setImmediate();
  assert.match(lines[0]?.['policy_print'] as string, /^x{4096}… \(100000 characters\)$/);
  assert.equal(lines[1000]?.['dropped'], 501);
  print('shop', 'again');
  while (lines.length < 1002) await setImmediate();
  assert.equal(lines[1001]?.['policy_print'], 'again');
});
