// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policySet, type RegoSources } from '../../../test/support/rego-module.ts';
import { type Builtin, type BuiltinContext, BuiltinError, type Effect } from '../builtins/builtin.ts';
import { encodeRego } from '../codec.ts';
import type { Evaluation } from '../evaluator.ts';
import { ExactNumber, type RegoValue } from '../value.ts';
import { createWasmEvaluator } from './evaluator.ts';

const SOURCES: RegoSources = {
  rego: `package t
zero := test.zero()
one := test.one(input)
two := [test.one(x) | some x in input]
four := test.four(1, "b", {3}, {"d": input})
three := test.three(1, 2, 3)
caught if not test.one(input)
after if { not test.one(input); test.zero() }
sets := test.one({{1, "a"}, set()})
keys := test.one({1: "a", [2]: {"b"}})
big := test.one(9007199254740993)
grows := test.one(input) == test.zero()
`,
  entrypoints: ['zero', 'one', 'two', 'three', 'four', 'caught', 'after', 'sets', 'keys', 'big', 'grows'].map(
    (r) => `t/${r}`,
  ),
  builtins: [
    { name: 'test.zero', arity: 0 },
    { name: 'test.one', arity: 1 },
    { name: 'test.three', arity: 3 },
    { name: 'test.four', arity: 4 },
  ],
};
const set = await policySet(SOURCES);

type Call = (context: BuiltinContext, ...args: RegoValue[]) => RegoValue | undefined;

const builtin = (name: string, effects: readonly Effect[], call: Call): Builtin => ({ name, effects, call });
const echo = builtin('test.one', [], (_context, value) => value);
const wallMs = 1_763_800_000_123;

/** Evaluates a rule with some builtins in place of those that give their argument back. */
async function ask(rule: string, input: string, ...given: Builtin[]): Promise<Evaluation> {
  return (await evaluator(...given))(rule, input);
}

async function evaluator(
  ...given: Builtin[]
): Promise<(rule: string, input?: string, wall?: number) => Evaluation> {
  const names = ['test.zero', 'test.one', 'test.three', 'test.four'];
  const builtins = new Map(
    names.map((name) => [name, builtin(name, [], (_context, value) => value ?? true)]),
  );
  for (const each of given) builtins.set(each.name, each);
  const printed: string[] = [];
  const made = await createWasmEvaluator(set, {
    builtins,
    clock: { wallMs: () => 0, monotonicMs: () => 0 },
    randomBytes: (size) => Buffer.alloc(size, 7),
    runtime: new Map([['env', 'x']]),
    onPrint: (message) => printed.push(message),
  });
  return (rule, input, wall = wallMs) =>
    made.evaluate(`t/${rule}`, input === undefined ? undefined : Buffer.from(input), {
      wallMs: wall,
      deadlineMs: 1,
    }) as Evaluation;
}

test('arguments arrive as they are, in order', async () => {
  const seen: RegoValue[][] = [];
  const spy = (name: string): Builtin => builtin(name, [], (_context, ...args) => (seen.push(args), true));
  await ask('four', '1.0', spy('test.four'));
  await ask('three', '0', spy('test.three'));
  await ask('zero', '0', spy('test.zero'));
  await ask('big', '0', spy('test.one'));
  assert.deepEqual(seen, [
    [1, 'b', new Set([3]), new Map([['d', new ExactNumber('1.0')]])],
    [1, 2, 3],
    [],
    [new ExactNumber('9007199254740993')],
  ]);
});

test('sets, odd keys and big numbers come back as they went', async () => {
  assert.deepEqual(
    new Set(JSON.parse((await ask('sets', '0')).json!).map((each: unknown[]) => each.length)),
    new Set([0, 2]),
  );
  assert.deepEqual(JSON.parse((await ask('keys', '0')).json!), { 1: 'a', '[2]': ['b'] });
  assert.equal((await ask('big', '0')).json, '9007199254740993');
});

test('undefined is undefined', async () => {
  const nothing = builtin('test.one', [], () => undefined);
  assert.equal((await ask('one', '1', nothing)).json, undefined);
  assert.equal((await ask('caught', '1', nothing)).json, 'true');
});

test('a builtin’s error is undefined, and its message is kept', async () => {
  const failing = builtin('test.one', [], (_context, value) => {
    throw new BuiltinError(`no ${encodeRego(value)}`);
  });
  const { json, builtinErrors } = await ask('caught', '5', failing);
  assert.equal(json, 'true');
  assert.deepEqual(builtinErrors, ['test.one: no 5']);
});

test('a halt, a defect or a value that is none fails the evaluation after the module has returned', async () => {
  const ways: [Call, RegExp][] = [
    [
      () => {
        throw new BuiltinError('stop', { halt: true });
      },
      /^test\.one: stop$/,
    ],
    [
      () => {
        throw new TypeError('x is not a function');
      },
      /^test\.one: x is not a function$/,
    ],
    [
      () => {
        throw 'text';
      },
      /^test\.one: text$/,
    ],
    [() => Number.NaN, /NaN/],
    [() => 1n as unknown as RegoValue, /test\.one/],
  ];
  for (const [call, message] of ways) {
    let calls = 0;
    const counting = builtin('test.zero', ['print'], () => ++calls > 0);
    const run = await evaluator(builtin('test.one', [], call), counting);
    assert.throws(() => run('after', '1'), { code: 'evaluation_failed', message });
    assert.equal(calls, 0, 'builtins after the failure are not called');
    assert.equal(run('zero').json, 'true', 'and the instance lives on');
  }
});

test('effects are those of the builtins that were called', async () => {
  const clocked = builtin('test.zero', ['clock'], () => 1);
  const windowed = builtin('test.one', ['window', 'network'], () => false);
  const run = await evaluator(clocked, windowed);
  assert.deepEqual(run('zero').effects, ['clock']);
  assert.deepEqual([...run('after', '1').effects].sort(), ['clock', 'network', 'window']);
  assert.deepEqual(run('three').effects, []);
});

test('an effect is recorded also when the builtin errs', async () => {
  const failing = builtin('test.one', ['network'], () => {
    throw new BuiltinError('unreachable');
  });
  assert.deepEqual((await ask('caught', '1', failing)).effects, ['network']);
});

test('validity is the intersection of what the builtins report, evaluation by evaluation', async () => {
  const windows: Record<string, [number, number]> = { 1: [10, 100], 2: [50, 200], 3: [0, 70] };
  const windowed = builtin('test.one', ['window'], (context, value) => {
    context.narrow(...windows[encodeRego(value)]!);
    return value;
  });
  const run = await evaluator(windowed);
  const span = ({ validFromMs, validUntilMs }: Evaluation): number[] => [validFromMs, validUntilMs];
  assert.deepEqual(span(run('two', '[1,2,3]')), [50, 70]);
  assert.deepEqual(span(run('two', '[1]')), [10, 100]);
  assert.deepEqual(span(run('two', '[]')), [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

test('one evaluation has one time, one memo, one source of randomness, and its runtime', async () => {
  const seen: unknown[] = [];
  const looking = builtin('test.one', ['random'], (context, value) => {
    seen.push([context.nowNs, context.memo.size, context.randomBytes(2)[1], context.runtime]);
    context.memo.set(encodeRego(value), 1);
    return value;
  });
  const run = await evaluator(looking);
  run('two', '[1,2]');
  run('one', '3', 1.5);
  const runtime = new Map([['env', 'x']]);
  assert.deepEqual(seen, [
    [1_763_800_000_123_000_000n, 0, 7, runtime],
    [1_763_800_000_123_000_000n, 1, 7, runtime],
    [1_500_000n, 0, 7, runtime],
  ]);
});

test('results of non-deterministic builtins are recorded by name and arguments', async () => {
  const dice = builtin('test.one', ['random'], (_context, value) =>
    value === 'x' ? new Set([1]) : new ExactNumber('6.0'),
  );
  const now = builtin('test.zero', ['clock'], () => 5);
  const run = await evaluator(dice, now);
  assert.equal(
    JSON.stringify(run('two', '["x", {"a": 1.0}]').nonDeterministic),
    '{"test.one":{"[\\"x\\"]":[1],"[{\\"a\\": 1.0}]":6.0}}',
  );
  assert.equal(JSON.stringify(run('zero').nonDeterministic), '{"test.zero":{"[]":5}}');
  assert.equal((await ask('one', '1')).nonDeterministic, undefined);
});

test('of a builtin that is given secrets only the name is recorded', async () => {
  const signing: Builtin = { ...builtin('test.one', ['random'], () => 'token'), secret: true };
  const run = await evaluator(signing);
  assert.equal(JSON.stringify(run('one', '"key"').nonDeterministic), '{"test.one":{}}');
});

test('a later evaluation does not change an earlier one', async () => {
  const failing = builtin('test.one', ['clock'], () => {
    throw new BuiltinError('no');
  });
  const run = await evaluator(failing);
  const first = run('caught', '1');
  const kept = structuredClone(first);
  run('caught', '2');
  run('three');
  assert.deepEqual(first, kept);
});

test('a result larger than the memory makes it grow', async () => {
  const large = 'ü'.repeat(2_000_000);
  const give = (name: string): Builtin => builtin(name, [], () => large);
  const run = await evaluator(give('test.one'), give('test.zero'));
  assert.equal(run('grows', '1').json, 'true');
  assert.equal(run('one', '1').json, JSON.stringify(large));
});

test('a result that nests too deeply fails this evaluation only', async () => {
  let deep: RegoValue = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  const run = await evaluator(
    builtin('test.zero', [], () => deep),
    echo,
  );
  assert.throws(() => run('zero'), { code: 'evaluation_failed' });
  assert.equal(run('one', '2').json, '2');
});

test('a module whose builtins are not all given is not loaded', async () => {
  const clock = { wallMs: () => 0, monotonicMs: () => 0 };
  await assert.rejects(createWasmEvaluator(set, { builtins: new Map([['test.one', echo]]), clock }), {
    code: 'bundle_builtin_unknown',
    message: /test\.four, test\.three, test\.zero$/,
  });
});
