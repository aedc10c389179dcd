// needs: opa
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { policySet, type RegoSources } from '../../test/support/rego-module.ts';
import { buildPlan } from '../../test/support/rego-plan.ts';
import { until } from '../../test/support/until.ts';
import { systemClock } from '../clock.ts';
import { type BoundedEvaluatorOptions, createBoundedEvaluator } from './bounded-evaluator.ts';
import type { Builtin } from './builtins/builtin.ts';
import { BUILTINS } from './builtins/registry.ts';
import type { PolicySetDescriptor } from './descriptor.ts';
import { EvaluationFigures } from './evaluation-figures.ts';
import type { EvaluationTime, Evaluator } from './evaluator.ts';

const SOURCES: RegoSources = {
  rego: `package t
allow if input.role == "admin"
loop := count([1 | some i in numbers.range(1, input.n); some j in numbers.range(1, input.n); i == j])
told := loop if trace(sprintf("loop %v", [input.n]))
`,
  entrypoints: ['t/allow', 't/loop', 't/told'],
};
const NETWORK: RegoSources = {
  rego: `package t
allow if net.lookup_ip_addr(input.host)
`,
  entrypoints: ['t/allow'],
};
const ADMIN = Buffer.from('{"role":"admin"}');

const KNOWN: ReadonlySet<string> = new Set([...BUILTINS.keys(), 'net.lookup_ip_addr']);
const sets = new Map<RegoSources, Promise<PolicySetDescriptor>>();

const within = (ms: number): EvaluationTime => ({ wallMs: 0, deadlineMs: systemClock.monotonicMs() + ms });

async function boundedOf(
  t: TestContext,
  sources: RegoSources,
  options: Partial<BoundedEvaluatorOptions> = {},
  set?: PolicySetDescriptor,
): Promise<{ evaluator: Evaluator; figures: EvaluationFigures; printed: string[] }> {
  const figures = new EvaluationFigures();
  const printed: string[] = [];
  if (!sets.has(sources)) sets.set(sources, policySet(sources, KNOWN));
  const descriptor = set ?? (await sets.get(sources)!);
  const evaluator = await createBoundedEvaluator(descriptor, {
    builtins: BUILTINS,
    clock: systemClock,
    sliceMs: 5,
    maxThreads: 1,
    maxQueued: 100,
    maxHeapBytes: 64 * 1024 * 1024,
    figures,
    onPrint: (message) => printed.push(message),
    ...options,
  });
  t.after(() => evaluator.close());
  return { evaluator, figures, printed };
}

test('what nobody waits for prints nothing, starts no thread and slows nothing down', async (t) => {
  // A first evaluation on a busy machine takes more than the usual 5 ms.
  const { evaluator, figures, printed } = await boundedOf(t, SOURCES, { sliceMs: 25 });
  const background = (): EvaluationTime => ({ ...within(60_000), background: true });
  const told = (n: number): Buffer => Buffer.from(`{"n":${n}}`);
  const quick = evaluator.evaluate('t/told', told(10), background());
  assert.ok(!(quick instanceof Promise));
  assert.equal(quick.json, '10');
  assert.deepEqual(quick.effects, ['print']);
  await assert.rejects(async () => evaluator.evaluate('t/told', told(1000), background()), {
    code: 'overloaded',
  });
  const { threads, queued } = figures.gauges();
  assert.deepEqual(
    [printed, threads, queued, figures.interrupted, figures.inThreads, figures.overloaded],
    [[], 0, 0, 0, 0, 0],
  );
  // Once others needed a thread, one is idle.
  await evaluator.evaluate('t/told', told(1000), within(60_000));
  const long = await evaluator.evaluate('t/told', told(1001), background());
  assert.equal(long.json, '1001');
  assert.deepEqual([printed, figures.interrupted], [['loop 1000'], 1]);
  const waiting = evaluator.evaluate('t/told', told(1002), within(60_000));
  await assert.rejects(async () => evaluator.evaluate('t/told', told(1003), background()), {
    code: 'overloaded',
  });
  await waiting;
});

test('what is quick is answered at once; what takes longer than a slice later, and prints once', async (t) => {
  const { evaluator, figures, printed } = await boundedOf(t, SOURCES);
  const quick = evaluator.evaluate('t/allow', ADMIN, within(60_000));
  assert.ok(!(quick instanceof Promise));
  assert.equal(quick.json, 'true');
  assert.equal(figures.gauges().threads, 0);
  const input = Buffer.from('{"n":1000}');
  const long = [1, 2].map(() => evaluator.evaluate('t/loop', input, within(60_000)));
  input.fill(0);
  for (const asked of long) {
    assert.ok(asked instanceof Promise);
    assert.equal((await asked).json, '1000');
  }
  assert.deepEqual([figures.interrupted, figures.inThreads, figures.joined], [1, 1, 1]);
  const told = evaluator.evaluate('t/told', Buffer.from('{"n":1000}'), within(60_000));
  assert.ok(told instanceof Promise);
  await told;
  assert.deepEqual(printed, ['loop 1000']);
});

test('a policy that runs away is denied at its deadline and holds nothing up', async (t) => {
  const { evaluator, figures } = await boundedOf(t, SOURCES);
  const asked = [1, 2, 3].map((n) =>
    evaluator.evaluate('t/loop', Buffer.from(`{"n":${100_000 + n}}`), within(300)),
  );
  const quick = evaluator.evaluate('t/allow', ADMIN, within(60_000));
  assert.ok(!(quick instanceof Promise));
  assert.equal(quick.json, 'true');
  for (const runaway of asked) await assert.rejects(async () => runaway, { code: 'deadline_exceeded' });
  assert.equal(figures.interrupted, 3);
});

test('evaluations that may ask the network never happen in the thread that asks', async (t) => {
  const lookup: Builtin = {
    name: 'net.lookup_ip_addr',
    effects: ['network'],
    call: () => assert.fail('called in the main thread'),
  };
  const { evaluator, figures } = await boundedOf(t, NETWORK, {
    network: { handle: () => Promise.resolve({ kind: 'lookup', addresses: ['192.0.2.1'] }) },
    builtins: new Map<string, Builtin>(BUILTINS).set(lookup.name, lookup),
  });
  assert.equal(figures.gauges().threads, 1);
  const evaluation = evaluator.evaluate('t/allow', Buffer.from('{"host":"a.example"}'), within(60_000));
  assert.ok(evaluation instanceof Promise);
  await Promise.allSettled([evaluation]);
  assert.deepEqual([figures.interrupted, figures.inThreads], [0, 1]);
});

test('entrypoints that the plan evaluator answers are bounded as modules are', async (t) => {
  const descriptor = await policySet(SOURCES, KNOWN);
  const plan = await buildPlan([SOURCES.rego].flat(), SOURCES.entrypoints);
  const { evaluator, figures } = await boundedOf(
    t,
    SOURCES,
    // So long that a busy machine does not end the quick one.
    { sliceMs: 200 },
    {
      ...descriptor,
      modules: descriptor.modules.map((module) => Object.assign({}, module, { plan })),
      planned: ['t/loop'],
    },
  );
  const quick = evaluator.evaluate('t/loop', Buffer.from('{"n":2}'), within(60_000));
  assert.ok(!(quick instanceof Promise));
  assert.equal(quick.json, '2');
  const long = evaluator.evaluate('t/loop', Buffer.from('{"n":2000}'), within(60_000));
  assert.ok(long instanceof Promise);
  assert.equal((await long).json, '2000');
  const runaway = evaluator.evaluate('t/loop', Buffer.from('{"n":100000}'), within(1_000));
  await assert.rejects(async () => runaway, { code: 'deadline_exceeded' });
  assert.equal(figures.inThreads, 2);
  const byModule = await evaluator.evaluate('t/allow', ADMIN, within(60_000));
  assert.equal(byModule.json, 'true');
});

test('without slices everything is evaluated in threads', async (t) => {
  const { evaluator, figures } = await boundedOf(t, SOURCES, { sliceMs: 0 });
  const quick = evaluator.evaluate('t/allow', ADMIN, within(60_000));
  assert.ok(quick instanceof Promise);
  assert.equal((await quick).json, 'true');
  assert.equal(figures.inThreads, 1);
});

test('200 policy sets that come and go leave no thread behind', async (t) => {
  const figures = new EvaluationFigures();
  for (let round = 0; round < 200; round++) {
    const { evaluator } = await boundedOf(t, SOURCES, { figures, sliceMs: round % 20 === 0 ? 0 : 5 });
    assert.equal((await evaluator.evaluate('t/allow', ADMIN, within(60_000))).json, 'true');
    evaluator.close();
  }
  await until(
    () => figures.gauges().threads,
    (threads) => threads === 0,
  );
  assert.deepEqual(figures.gauges(), { instances: 0, bytes: 0, threads: 0, queued: 0 });
});
