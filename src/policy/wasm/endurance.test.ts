// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policySet, type RegoSources } from '../../../test/support/rego-module.ts';
import { type Builtin, BuiltinError } from '../builtins/builtin.ts';
import { encodeRego } from '../codec.ts';
import type { Evaluation, Evaluator } from '../evaluator.ts';
import { createWasmEvaluator } from './evaluator.ts';
import { type InstanceHost, WasmInstance } from './instance.ts';
import { type Operand, RegoText } from './rego-text.ts';

const SOURCES: RegoSources = {
  rego: `package t
conflict := 1 if input.a
conflict := 2 if input.b
called if test.one(input)
allow if input.role in data.roles
`,
  entrypoints: ['t/conflict', 't/called', 't/allow'],
  builtins: [{ name: 'test.one', arity: 1 }],
};
const DATA = '{"roles": ["admin"]}';
const CONFLICT = Buffer.from('{"a":1,"b":1}');
const ADMIN = Buffer.from('{"role":"admin"}');
const MiB = 1024 * 1024;
const time = { wallMs: 0, deadlineMs: 1 };

async function evaluatorWith(call: Builtin['call']): Promise<Evaluator> {
  const set = await policySet(SOURCES, new Set(['test.one']), DATA);
  const builtins = new Map([['test.one', { name: 'test.one', effects: [], call }]]);
  return createWasmEvaluator(set, { builtins, clock: { wallMs: () => 0, monotonicMs: () => 0 } });
}

const json = (evaluator: Evaluator, rule: string, input: Uint8Array): string | undefined =>
  (evaluator.evaluate(`t/${rule}`, input, time) as Evaluation).json;

test('10,000 conflicts in a row, then the right answer', async () => {
  const evaluator = await evaluatorWith(() => true);
  for (let round = 0; round < 10_000; round++) {
    assert.throws(() => evaluator.evaluate('t/conflict', CONFLICT, time), { code: 'evaluation_conflict' });
  }
  assert.equal(json(evaluator, 'allow', ADMIN), 'true');
  assert.equal(json(evaluator, 'conflict', Buffer.from('{"b":1}')), '2');
});

test('10,000 builtins that throw, then the right answer', async () => {
  let thrown = 0;
  const evaluator = await evaluatorWith((_context, value) => {
    if (value === true) return true;
    thrown++;
    throw thrown % 2 === 0 ? new BuiltinError('no') : new TypeError('a defect');
  });
  const failing = Buffer.from('1');
  for (let round = 0; round < 5000; round++) {
    assert.throws(() => evaluator.evaluate('t/called', failing, time), { code: 'evaluation_failed' });
    assert.equal(json(evaluator, 'called', failing), undefined);
  }
  assert.equal(thrown, 10_000);
  assert.equal(json(evaluator, 'called', Buffer.from('true')), 'true');
});

test('memory is flat over 100,000 evaluations', async () => {
  const { modules } = await policySet(SOURCES);
  const echo = (operand: Operand | undefined): RegoText =>
    operand instanceof RegoText ? operand : new RegoText(encodeRego(operand ?? null));
  const host: InstanceHost = { invoke: (_id, [operand]) => echo(operand), print: () => {} };
  const instance = WasmInstance.load(modules[0]!, Buffer.from(DATA), host, 64 * MiB);
  const { 't/called': called = -1, 't/allow': allow = -1 } = modules[0]!.entrypoints;
  const large = Buffer.from(JSON.stringify({ role: 'x'.repeat(3000), list: Array(200).fill('admin') }));
  const run = (rounds: number): void => {
    for (let round = 0; round < rounds; round++) {
      assert.equal(instance.evaluate(allow, ADMIN), 'true');
      if (round % 100 === 0) assert.equal(instance.evaluate(called, large), 'true');
    }
  };
  run(100);
  const before = instance.memoryBytes;
  run(100_000);
  assert.equal(instance.memoryBytes, before);
  assert.ok(before < 4 * MiB, `${before} bytes`);
});

test('conflicts that need more and more memory leave none behind', async () => {
  const set = await policySet(SOURCES, new Set(['test.one']), DATA);
  const builtins = new Map([['test.one', { name: 'test.one', effects: [], call: () => true }]]);
  const clock = { wallMs: () => 0, monotonicMs: () => 0 };
  const bounded = await createWasmEvaluator(set, { builtins, clock, maxMemoryBytes: 32 * MiB });
  const large = Buffer.from(JSON.stringify({ a: 1, b: 1, list: Array(100_000).fill(1) }));
  for (let round = 0; round < 60; round++) {
    assert.throws(() => bounded.evaluate('t/conflict', large, time), { code: 'evaluation_conflict' });
    if (round % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(json(bounded, 'allow', ADMIN), 'true');
});
