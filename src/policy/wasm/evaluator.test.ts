// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policySet, type RegoSources } from '../../../test/support/rego-module.ts';
import type { Evaluation, Evaluator } from '../evaluator.ts';
import { createWasmEvaluator } from './evaluator.ts';

const clock = { wallMs: () => 0, monotonicMs: () => 0 };
const time = { wallMs: 1_700_000_000_000, deadlineMs: 1 };

const SOURCES: RegoSources = {
  rego: [
    `package t
echo := input
absent if not input
given if input == input
conflict := 1 if input.a
conflict := 2 if input.b
allow if data.roles[input.role].ok
names := data.names
keys := {1: "a", "b": {2, 3}}
digits := object.get(input, "n", 0) + 1
never if false
leading := [.5, 1]
converted := [to_number(input), input]
rewritten := x if x := input.role with input.role as "guest"
sorted := sort(input)
looks := "a:.b, [.5"
`,
  ],
  entrypoints: [
    'echo',
    'absent',
    'given',
    'conflict',
    'allow',
    'names',
    'keys',
    'digits',
    'never',
    'leading',
    'converted',
    'rewritten',
    'sorted',
    'looks',
  ].map((rule) => `t/${rule}`),
};
const DATA =
  '{"roles": {"admin": {"ok": true}}, "names": ["é", "\\ud840\\udc00", 1.0, 12345678901234567890]}';

const evaluator = await create();

async function create(
  options: { maxMemoryBytes?: number; maxInputDepth?: number } = {},
  data = DATA,
): Promise<Evaluator> {
  return createWasmEvaluator(await policySet(SOURCES, new Set(), data), {
    builtins: new Map(),
    clock,
    ...options,
  });
}

function ask(rule: string, input?: string, asked: Evaluator = evaluator): Evaluation {
  const json = input === undefined ? undefined : Buffer.from(input);
  return asked.evaluate(`t/${rule}`, json, time) as Evaluation;
}

/** Rule, input document (undefined: none), value. */
const ANSWERS: readonly (readonly [string, string | undefined, string | undefined])[] = [
  ['echo', undefined, undefined],
  ['echo', '0', '0'],
  ['echo', 'false', 'false'],
  ['echo', '""', '""'],
  ['echo', 'null', 'null'],
  ['echo', '[]', '[]'],
  ['echo', '{}', '{}'],
  ['echo', 'true', 'true'],
  ['echo', '"truely"', '"truely"'],
  ['echo', '[{"result":true}]', '[{"result":true}]'],
  ['echo', '[9007199254740993,1.0,1e3,-0]', '[9007199254740993,1.0,1e3,-0]'],
  ['echo', '"é\\u0000\\ud83d\\ude00"', '"é\\u0000😀"'],
  ['echo', '{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}'],
  ['absent', undefined, 'true'],
  ['absent', 'false', 'true'],
  ['absent', 'null', undefined],
  ['absent', '0', undefined],
  ['given', undefined, undefined],
  ['given', 'false', 'true'],
  ['given', 'null', 'true'],
  ['allow', '{"role":"admin"}', 'true'],
  ['allow', '{"role":"guest"}', undefined],
  ['allow', undefined, undefined],
  ['names', undefined, '["é","𠀀",1.0,12345678901234567890]'],
  ['keys', undefined, '{"b":[2,3],"1":"a"}'],
  ['digits', '{"n":9007199254740993}', '9007199254740994'],
  ['never', '{}', undefined],
  ['conflict', '{"a":1}', '1'],
];

for (const [rule, input, expected] of ANSWERS) {
  test(`${rule} of ${input ?? 'no input'} is ${expected ?? 'undefined'}`, () => {
    const { json, ...rest } = ask(rule, input);
    // The module's order of keys and set elements is its own.
    if (rule === 'keys') assert.deepEqual(JSON.parse(json!), { b: [2, 3], 1: 'a' });
    else assert.equal(json, expected);
    assert.deepEqual(rest, {
      validFromMs: Number.NEGATIVE_INFINITY,
      validUntilMs: Number.POSITIVE_INFINITY,
      effects: [],
      nonDeterministic: undefined,
      builtinErrors: [],
    });
  });
}

test('conflicting rules fail the evaluation, and say where', () => {
  assert.throws(() => ask('conflict', '{"a":1,"b":1}'), {
    code: 'evaluation_conflict',
    message: /policy0\.rego:6:1: .*conflict/,
  });
  assert.equal(ask('conflict', '{"b":1}').json, '2');
});

test('a number that JSON cannot write fails the evaluation, as it does in OPA', () => {
  assert.throws(() => ask('leading', '{}'), { code: 'evaluation_failed' });
  assert.equal(ask('looks', '{}').json, '"a:.b, [.5"');
  for (const text of ['e1', '-', '1e']) {
    assert.equal(ask('converted', `"${text}"`).json, undefined, text);
  }
  assert.equal(ask('converted', '"01"').json, '[1,"01"]');
  for (const text of ['-0.5', '0', '1.5E+05']) {
    assert.equal(ask('converted', `"${text}"`).json, `[${text},"${text}"]`);
  }
});

test('a part of the input is replaced whatever the input is', () => {
  const inputs = ['{}', '{"role":"a"}', 'true', 'false', 'null', '0', '1.5', '500000000', '""', '[1,2]'];
  for (const input of [...inputs, JSON.stringify('x'.repeat(70_000))]) {
    assert.equal(ask('rewritten', input).json, '"guest"', input.slice(0, 20));
    assert.equal(ask('allow', '{"role":"admin"}').json, 'true');
  }
  assert.equal(ask('rewritten').json, '"guest"');
  assert.equal(ask('sorted', '[2,"a",1]').json, '[1,2,"a"]');
});

test('an input that does not parse is never an undefined input', () => {
  for (const input of ['{"message": }', '', ' ', '{', 'nul', '"\n"', '[1 2', '{1,2}', 'set()', '}']) {
    assert.throws(
      () => ask('absent', input),
      { code: 'evaluation_failed', message: 'the input is not JSON' },
      input,
    );
  }
  assert.equal(ask('absent').json, 'true');
});

test('bytes that are no UTF-8 fail the evaluation', () => {
  const bytes = Buffer.from([0x22, 0xc3, 0x28, 0x22]);
  assert.throws(() => evaluator.evaluate('t/echo', bytes, time), {
    code: 'evaluation_failed',
    message: 'illegal utf-8',
  });
  assert.equal(ask('echo', '1').json, '1');
});

test('an entrypoint that callers may not ask is unknown', async () => {
  for (const name of ['nothing', 'toString', '', '__proto__']) {
    assert.throws(() => ask(name), { code: 'unknown_entrypoint' });
    assert.throws(() => evaluator.evaluate(name, undefined, time), { code: 'unknown_entrypoint' });
  }
  const set = { ...(await policySet(SOURCES, new Set(), DATA)), entrypoints: ['t/echo'] };
  const narrow = await createWasmEvaluator(set, { builtins: new Map(), clock });
  assert.equal(ask('echo', '1', narrow).json, '1');
  assert.throws(() => ask('given', '1', narrow), { code: 'unknown_entrypoint' });
});

test('the deadline counts before and after', async () => {
  let nowMs = 0;
  const ticking = { wallMs: () => 0, monotonicMs: () => nowMs++ };
  const set = await policySet(SOURCES, new Set(), DATA);
  const timed = await createWasmEvaluator(set, { builtins: new Map(), clock: ticking });
  const at = (deadlineMs: number): unknown =>
    timed.evaluate('t/given', Buffer.from('1'), { wallMs: 0, deadlineMs });
  assert.throws(() => at(0), { code: 'deadline_exceeded', message: /before/ });
  nowMs = 0;
  assert.throws(() => at(1), { code: 'deadline_exceeded', message: /after/ });
  nowMs = 0;
  assert.ok(at(2));
});

test('an input larger than the memory makes it grow', () => {
  const text = 'é'.repeat(3_000_000);
  assert.equal(ask('echo', JSON.stringify({ text })).json, JSON.stringify({ text }));
  assert.equal(ask('echo', '1').json, '1');
});

test('memory is bounded, and the evaluator goes on', async () => {
  const small = await create({ maxMemoryBytes: 4 * 1024 * 1024 });
  const limit = { code: 'evaluation_limit' };
  for (const bytes of [300_000, 1_500_000, 5_000_000]) {
    assert.throws(() => ask('echo', JSON.stringify(Array(bytes / 2).fill(1)), small), limit);
    assert.equal(ask('echo', '1', small).json, '1');
  }
});

test('deep inputs are refused before they use up the stack', async () => {
  const nested = (depth: number): string => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2);
  assert.equal(ask('echo', nested(1000)).json, nested(1000));
  assert.throws(() => ask('echo', nested(1002)), { code: 'evaluation_limit', message: /1000 levels/ });
  const reckless = await create({ maxInputDepth: 1_000_000 });
  assert.throws(() => ask('echo', nested(100_000), reckless), { code: 'evaluation_limit', message: /stack/ });
  assert.equal(ask('allow', '{"role":"admin"}', reckless).json, 'true');
});

test('data that the module cannot hold or read keeps the evaluator from being made', async () => {
  await assert.rejects(create({}, '{"a": }'), {
    code: 'bundle_data_invalid',
    message: /data of bundle "policy"/,
  });
  const large = JSON.stringify({ rows: Array(200_000).fill(1) });
  await assert.rejects(create({ maxMemoryBytes: 2 * 1024 * 1024 }, large), { code: 'bundle_data_too_large' });
  await assert.rejects(create({ maxMemoryBytes: 65_536 }), { code: 'bundle_data_too_large' });
  const text = JSON.stringify('x'.repeat(5_000_000));
  await assert.rejects(create({ maxMemoryBytes: 4 * 1024 * 1024 }, text), {
    code: 'bundle_data_too_large',
    message: /5000002 bytes of JSON do not fit into 4194304 bytes of module memory/,
    cause: undefined,
  });
});

test('reading data for ever is given up', async () => {
  let nowMs = 0;
  const clock = { wallMs: () => 0, monotonicMs: () => (nowMs += 30_000) };
  const set = await policySet(SOURCES, new Set(), JSON.stringify(Array.from({ length: 10_000 }, String)));
  await assert.rejects(createWasmEvaluator(set, { builtins: new Map(), clock }), {
    code: 'bundle_data_invalid',
    message: /is not read within 60 seconds/,
  });
});

test('an evaluation keeps nothing of the input, and later answers do not depend on earlier ones', () => {
  const input = Buffer.from('{"role":"admin"}');
  assert.equal((evaluator.evaluate('t/allow', input, time) as Evaluation).json, 'true');
  input.fill(0x20);
  assert.equal(ask('allow', '{"role":"admin"}').json, 'true');
  assert.equal(ask('echo').json, undefined);
});
