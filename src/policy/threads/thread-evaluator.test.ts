// needs: opa
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { policySet, type RegoSources } from '../../../test/support/rego-module.ts';
import { EXTRA_BUILTINS, TEST_BUILTINS, THREAD_FILE } from '../../../test/support/thread-builtins.ts';
import { until } from '../../../test/support/until.ts';
import { systemClock } from '../../clock.ts';
import { EvaluationFigures } from '../evaluation-figures.ts';
import type { Evaluation, EvaluationTime } from '../evaluator.ts';
import { createLocalEvaluator } from '../local-evaluator.ts';
import {
  createThreadEvaluator,
  type ThreadEvaluator,
  type ThreadEvaluatorOptions,
} from './thread-evaluator.ts';

const RULES = [
  'allow',
  'echo',
  'conflict',
  'now',
  'token',
  'erring',
  'printing',
  'loop',
  'spin',
  'exhaust',
  'quit',
  'roll',
];
const SOURCES: RegoSources = {
  rego: `package t
allow if input.role in data.roles
echo := {"input": input, "numbers": [1.0, 12345678901234567890], "set": {1, 2}}
conflict := 1 if input.a
conflict := 2 if input.b
now := time.now_ns()
roll := rand.intn("x", 1000000000)
token := io.jwt.decode_verify(input.token, {"secret": "s"})
erring := units.parse(input.text)
printing if {
	print("looked at", input.n)
	trace(sprintf("and %v", [input.n]))
}
loop := count([1 | some i in numbers.range(1, input.n); some j in numbers.range(1, input.n); i == j])
spin := test.spin(input.ms)
exhaust := test.exhaust(1)
quit := test.exit(1)
`,
  entrypoints: RULES.map((rule) => `t/${rule}`),
  builtins: EXTRA_BUILTINS,
};
const DATA = '{"roles": ["admin"]}';

const set = () => policySet(SOURCES, new Set(TEST_BUILTINS.keys()), DATA);

async function threadsOf(
  t: TestContext,
  options: Partial<ThreadEvaluatorOptions> = {},
): Promise<{ evaluator: ThreadEvaluator; figures: EvaluationFigures; printed: string[] }> {
  const figures = new EvaluationFigures();
  const printed: string[] = [];
  const evaluator = createThreadEvaluator(await set(), {
    clock: systemClock,
    maxThreads: 1,
    maxQueued: 100,
    maxHeapBytes: 64 * 1024 * 1024,
    figures,
    onPrint: (message) => printed.push(message),
    threadFile: THREAD_FILE,
    ...options,
  });
  t.after(() => evaluator.ended());
  return { evaluator, figures, printed };
}

const within = (ms: number, wallMs = 1_700_000_000_000): EvaluationTime => ({
  wallMs,
  deadlineMs: systemClock.monotonicMs() + ms,
});
const LONG_MS = 60_000;
const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** What an evaluation came to; its records as the text that a log has of them. */
async function outcome(ask: () => Evaluation | Promise<Evaluation>): Promise<unknown> {
  try {
    const { nonDeterministic, ...evaluation } = await ask();
    return { ...evaluation, records: JSON.stringify(nonDeterministic) };
  } catch (thrown) {
    const { code, message } = thrown as { code: string; message: string };
    return { code, message };
  }
}

const ASKED: readonly [rule: string, input: unknown][] = [
  ['allow', { role: 'admin' }],
  ['allow', { role: 'user' }],
  ['allow', undefined],
  ['echo', { n: 1, deep: [[[{ text: 'ü\u2028' }]]] }],
  ['echo', undefined],
  ['conflict', { a: true, b: true }],
  ['now', {}],
  ['token', { token: 'eyJhbGciOiJIUzI1NiJ9.e30.xx' }],
  ['erring', { text: 'no unit' }],
  ['printing', { n: [1, 2] }],
  ['loop', { n: 30 }],
  ['missing', {}],
];

test('a thread answers as the thread that asks would: values, validity, effects, records, errors and prints', async (t) => {
  const { evaluator, printed } = await threadsOf(t);
  const localPrinted: string[] = [];
  const local = await createLocalEvaluator(await set(), {
    builtins: TEST_BUILTINS,
    clock: systemClock,
    onPrint: (message) => localPrinted.push(message),
  });
  t.after(() => local.close());
  for (const [rule, input] of ASKED) {
    const bytes = input === undefined ? undefined : text(input);
    const here = await outcome(() => local.evaluate(`t/${rule}`, bytes, within(LONG_MS)));
    const there = await outcome(() => evaluator.evaluate(`t/${rule}`, bytes, within(LONG_MS)));
    assert.deepEqual(there, here, rule);
  }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('allow', 'echo', 'conflict', 'erring'),
      fc.json(),
      async (rule, input) => {
        const bytes = Buffer.from(input);
        const here = await outcome(() => local.evaluate(`t/${rule}`, bytes, within(LONG_MS)));
        assert.deepEqual(await outcome(() => evaluator.evaluate(`t/${rule}`, bytes, within(LONG_MS))), here);
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(printed.length > 0);
  assert.deepEqual(printed, localPrinted);
});

test('a loop and a builtin that run away are denied at the deadline, and others are answered afterwards', async (t) => {
  const { evaluator, figures } = await threadsOf(t);
  // The thread is there.
  await evaluator.evaluate('t/allow', undefined, within(LONG_MS));
  const asked = [
    evaluator.evaluate('t/loop', text({ n: 100_000 }), within(700)),
    evaluator.evaluate('t/spin', text({ ms: 1e9 }), within(700)),
    evaluator.evaluate('t/allow', text({ role: 'admin' }), within(LONG_MS)),
  ] as const;
  await assert.rejects(asked[0], { code: 'deadline_exceeded' });
  await assert.rejects(asked[1], { code: 'deadline_exceeded' });
  assert.equal((await asked[2]).json, 'true');
  await until(
    () => figures.lost.deadline,
    (lost) => lost > 0,
  );
});

test('what takes a while does not wait for what runs away', async (t) => {
  const { evaluator } = await threadsOf(t);
  const runaway = evaluator.evaluate('t/loop', text({ n: 100_000 }), within(LONG_MS)).catch(() => 'ended');
  const short = await evaluator.evaluate('t/loop', text({ n: 100 }), within(LONG_MS));
  assert.equal(short.json, '100');
  await evaluator.ended();
  assert.equal(await runaway, 'ended');
});

test('a thread whose heap is used up, or that ends, fails its evaluation closed and is replaced', async (t) => {
  const lost: string[] = [];
  const { evaluator, figures } = await threadsOf(t, { onThreadLost: (why) => lost.push(why) });
  await assert.rejects(evaluator.evaluate('t/exhaust', text({}), within(LONG_MS)), {
    code: 'evaluation_limit',
  });
  const waiting = evaluator.evaluate('t/allow', text({ role: 'admin' }), within(LONG_MS));
  assert.equal((await waiting).json, 'true');
  await assert.rejects(evaluator.evaluate('t/quit', text({}), within(LONG_MS)), { code: 'internal' });
  assert.equal((await evaluator.evaluate('t/allow', text({ role: 'x' }), within(LONG_MS))).json, undefined);
  assert.deepEqual(lost, ['memory', 'crash']);
  assert.deepEqual({ ...figures.lost }, { deadline: 0, memory: 1, crash: 1, refused: 0 });
});

test('threads that cannot start say why; they are not started over and over', async (t) => {
  const { evaluator, figures } = await threadsOf(t, { maxMemoryBytes: 65_536 });
  const denied = evaluator.evaluate('t/allow', text({}), within(LONG_MS));
  await assert.rejects(denied, { code: 'bundle_data_too_large' });
  await assert.rejects(evaluator.evaluate('t/allow', text({}), within(50)), { code: 'deadline_exceeded' });
  assert.equal(figures.lost.refused, 1);
});

test('more evaluations than may wait are refused', async (t) => {
  const { evaluator, figures } = await threadsOf(t, { maxQueued: 2 });
  const asked = [1, 2, 3].map((n) => evaluator.evaluate('t/loop', text({ n }), within(LONG_MS)));
  await assert.rejects(asked[2]!, { code: 'overloaded' });
  assert.equal((await asked[1]!).json, '2');
  assert.equal(figures.overloaded, 1);
});

test('the same question is evaluated once at a time, but for what belongs to one evaluation', async (t) => {
  const { evaluator, figures } = await threadsOf(t);
  const ask = (rule: string, wallMs: number): Promise<Evaluation> =>
    evaluator.evaluate(`t/${rule}`, text({ n: 50 }), within(LONG_MS, wallMs));
  const loops = await Promise.all([ask('loop', 1), ask('loop', 2), ask('loop', 3)]);
  assert.deepEqual(
    loops.map(({ json }) => json),
    ['50', '50', '50'],
  );
  assert.deepEqual([figures.inThreads, figures.joined], [1, 2]);
  const rolls = await Promise.all([1, 1, 1].map((wallMs) => ask('roll', wallMs)));
  assert.equal(new Set(rolls.map(({ json }) => json)).size, 3);
  const times = await Promise.all([ask('now', 1), ask('now', 2)]);
  assert.deepEqual(
    times.map(({ json }) => json),
    ['1000000', '2000000'],
  );
});

test('who waits for the answer to another question of the same kind keeps an own deadline', async (t) => {
  const { evaluator } = await threadsOf(t);
  const hasty = evaluator.evaluate('t/loop', text({ n: 100_000 }), within(400));
  const patient = evaluator.evaluate('t/loop', text({ n: 100_000 }), within(900));
  const hastier = evaluator.evaluate('t/loop', text({ n: 100_000 }), within(1));
  const ended: string[] = [];
  await Promise.all(
    Object.entries({ hasty, patient, hastier }).map(async ([name, asked]) => {
      await assert.rejects(asked, { code: 'deadline_exceeded' });
      ended.push(name);
    }),
  );
  assert.deepEqual(ended, ['hastier', 'hasty', 'patient']);
});

test('closed, it leaves no thread behind and answers nothing more', async (t) => {
  const { evaluator, figures } = await threadsOf(t, { maxThreads: 2 });
  const asked = [1, 2].map((n) => evaluator.evaluate('t/allow', text({ role: 'admin', n }), within(LONG_MS)));
  await Promise.all(asked);
  assert.ok(figures.gauges().threads > 0);
  assert.ok(figures.gauges().bytes > 0);
  await evaluator.ended();
  assert.deepEqual(figures.gauges(), { instances: 0, bytes: 0, threads: 0, queued: 0 });
  await assert.rejects(evaluator.evaluate('t/allow', text({}), within(LONG_MS)), { code: 'cancelled' });
});
