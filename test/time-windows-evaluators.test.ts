// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../src/clock.ts';
import { createBoundedEvaluator } from '../src/policy/bounded-evaluator.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import { EvaluationFigures } from '../src/policy/evaluation-figures.ts';
import type { Evaluation, EvaluationTime, Evaluator } from '../src/policy/evaluator.ts';
import { createLocalEvaluator } from '../src/policy/local-evaluator.ts';
import { footprintsOf } from '../src/policy/plan/footprint/footprints-of.ts';
import type { Footprint } from '../src/policy/plan/footprint.ts';
import type { PlanEvaluatorOptions } from '../src/policy/plan/plan-evaluator.ts';
import { readPlan } from '../src/policy/plan/read-plan.ts';
import { withTimeWindows } from '../src/policy/time-windows/windowed-evaluator.ts';
import {
  asking,
  CLOCK_ENTRYPOINTS,
  CLOCK_OPTIONS,
  CLOCK_POLICY,
  clockPolicies,
  exactJson,
  NOON_MS,
  nsOf,
} from './support/clock-policies.ts';
import { clockedEngine } from './support/clocked-engine.ts';
import { buildPlan } from './support/rego-plan.ts';

test('windows are found in policy threads as well as in the main thread', async (t) => {
  for (const sliceMs of [0, 1000]) {
    const figures = new EvaluationFigures();
    const evaluator = await createBoundedEvaluator(await clockPolicies(), {
      builtins: BUILTINS,
      clock: systemClock,
      sliceMs,
      maxThreads: 1,
      maxQueued: 10,
      maxHeapBytes: 64 * 1024 * 1024,
      figures,
    });
    t.after(() => evaluator.close());
    // An attempt that takes too long, as the first ones may on a busy machine, is given up and made again later.
    let found: Evaluation;
    do {
      const time = { wallMs: NOON_MS, deadlineMs: systemClock.monotonicMs() + 30_000 };
      found = await evaluator.evaluate('w/before', exactJson({ at: nsOf(NOON_MS + 5) }), time);
    } while (!found.effects.includes('window'));
    assert.deepEqual([found.json, found.effects, found.validUntilMs], ['true', ['window'], NOON_MS + 5]);
    assert.equal(figures.inThreads > 0, sliceMs === 0);
  }
});

test('an answer is given though no window is found', async (t) => {
  const set = await clockPolicies();
  const other = CLOCK_POLICY.replace('before if now < input.at', 'before if now >= input.at');
  const plan = await buildPlan([other], CLOCK_ENTRYPOINTS);
  const sets: [note: string, set: PolicySetDescriptor, time: Partial<EvaluationTime>][] = [
    ['the plan answers otherwise', { ...set, modules: [{ ...set.modules[0]!, plan }] }, {}],
    ['there is no time left', set, { interruptAtMs: 0 }],
    ['a vector is asked', set, { exactTime: true }],
    ['nobody waits for it', set, { background: true }],
    ['the data are large', { ...set, dataJson: Buffer.from(`{"a":"${'x'.repeat(4 * 1024 * 1024)}"}`) }, {}],
    ['nothing is known of the plan', { ...set, footprints: new Map() }, {}],
  ];
  for (const [note, descriptor, time] of sets) {
    const ask = asking(t, await createLocalEvaluator(descriptor, CLOCK_OPTIONS), time);
    const { json: answer, ...found } = ask('before', { at: nsOf(NOON_MS + 5) }, NOON_MS);
    assert.deepEqual([answer, found.effects, found.validUntilMs], ['true', ['clock'], Infinity], note);
    assert.ok(found.nonDeterministic !== undefined, note);
  }
});

test('attempts rest when they took their share of the time, but for questions that come again', async (t) => {
  let mono = 0;
  // Each look at the clock is a tenth of a millisecond later.
  const clock = { ...CLOCK_OPTIONS.clock, monotonicMs: () => (mono += 0.1) };
  const ask = asking(t, await createLocalEvaluator(await clockPolicies(), { ...CLOCK_OPTIONS, clock }));
  const finds = (i: number): boolean =>
    ask('before', { at: nsOf(NOON_MS + 5 + i) }, NOON_MS).effects.includes('window');
  const found = Array.from({ length: 600 }, (_, i) => finds(i));
  const [first, last] = [found.slice(0, 20), found.slice(-200)].map((all) => all.filter(Boolean).length);
  assert.ok(first === 20 && last! >= 10 && last! <= 100, `${first} ${last}`);
  const missed = found.findLastIndex((each) => !each);
  assert.equal(finds(missed), true);
  mono += 1000;
  assert.equal(finds(1000), true);
});

test('where no window could count, none is looked for', async (t) => {
  const set = await clockPolicies();
  const evaluator = await createLocalEvaluator({ ...set, footprints: new Map() }, CLOCK_OPTIONS);
  t.after(() => evaluator.close());
  const [[path, compared]] = [...set.footprints!] as [[string, Footprint]];
  const around = (footprint: Footprint, options: Partial<PlanEvaluatorOptions> = {}): Evaluator =>
    withTimeWindows({ ...set, footprints: new Map([[path, footprint]]) }, evaluator, {
      ...CLOCK_OPTIONS,
      ...options,
    });
  assert.notEqual(around(compared), evaluator);
  for (const effect of ['network', 'random'] as const) {
    const effects = new Map([...compared.effects, [effect, ['a.builtin']] as const]);
    assert.equal(around({ ...compared, effects }), evaluator, effect);
  }
  for (const clock of ['unread', 'free'] as const)
    assert.equal(around({ ...compared, clock }), evaluator, clock);
  assert.equal(around(compared, { timeResolutionMs: 1000 }), evaluator, 'a time resolution');
});

test('what a policy prints is printed once', async (t) => {
  const printed: string[] = [];
  const options = { ...CLOCK_OPTIONS, onPrint: (message: string) => void printed.push(message) };
  const ask = asking(t, await createLocalEvaluator(await clockPolicies(), options));
  assert.equal(ask('spoken', { at: nsOf(NOON_MS + 5) }, NOON_MS).validUntilMs, NOON_MS + 5);
  assert.deepEqual(printed, ['hello']);
});

test('the analysis of plans knows what can be tried', async () => {
  const [module] = (await clockPolicies()).modules;
  const footprints = footprintsOf(readPlan(module!.plan!), {});
  const clock = (name: string): string | undefined => footprints.get(`w/${name}`)?.clock;
  for (const name of ['before', 'within', 'fraction', 'age', 'rounded', 'roles', 'open', 'token', 'shown']) {
    assert.equal(clock(name), 'compared', name);
  }
  for (const name of ['now', 'told', 'printed']) assert.equal(clock(name), 'free', name);
});

test('the engine caches such answers, to the edge of their windows', async (t) => {
  const engine = await clockedEngine(await clockPolicies(), (set, clock) =>
    createLocalEvaluator(set, { builtins: BUILTINS, clock }),
  );
  t.after(() => engine.close());
  const input = { from: NOON_MS / 1000 - 1, to: NOON_MS / 1000 + 1 };
  const table: [offsetMs: number, allowed: boolean, cached: boolean][] = [
    [-1001, false, false],
    [-1000, true, false],
    [999, true, true],
    [1000, false, false],
    [5000, false, true],
    [-1, true, false],
    [-1001, false, false],
    [-2000, false, true],
  ];
  for (const [offsetMs, allowed, cached] of table) {
    const decision = await engine.askAt(NOON_MS + offsetMs, 'w/within', input);
    assert.deepEqual([decision.allowed, decision.cached], [allowed, cached], `${offsetMs}`);
  }
});
