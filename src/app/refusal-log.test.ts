import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL_CALL } from '../../test/support/services.ts';
import { PortcullisError } from '../errors.ts';
import { refusalLog } from './refusal-log.ts';

test('one line a second for each code, with what was left out since', () => {
  const lines: [code: string, leftOut: number][] = [];
  const clock = { monotonic: 0, monotonicMs: () => clock.monotonic, wallMs: () => 0 };
  const warn = (fields: { code: string; left_out: number }): void => {
    lines.push([fields.code, fields.left_out]);
  };
  const log = refusalLog({ warn }, clock);
  const refuse = (code: 'forbidden' | 'unauthenticated' | 'internal'): void =>
    log(new PortcullisError(code, 'no'), LOCAL_CALL);
  for (let count = 0; count < 5; count++) refuse('forbidden');
  refuse('unauthenticated');
  clock.monotonic = 999;
  refuse('forbidden');
  clock.monotonic = 1_000;
  refuse('forbidden');
  refuse('internal');
  assert.deepEqual(lines, [
    ['forbidden', 0],
    ['unauthenticated', 0],
    ['forbidden', 5],
    ['internal', 0],
  ]);
});
