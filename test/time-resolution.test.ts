// needs: opa
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../src/clock.ts';
import { createBoundedEvaluator } from '../src/policy/bounded-evaluator.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import { EvaluationFigures } from '../src/policy/evaluation-figures.ts';
import type { Evaluator } from '../src/policy/evaluator.ts';
import { createLocalEvaluator } from '../src/policy/local-evaluator.ts';
import { NOTHING_HIDDEN } from '../src/policy/plan/explain/secrets.ts';
import { runVectors } from '../src/policy/vectors.ts';
import { type ClockedEngine, clockedEngine, setClock } from './support/clocked-engine.ts';
import { policySet, type RegoSources } from './support/rego-module.ts';
import { buildPlan } from './support/rego-plan.ts';
import { makeToken } from './support/tokens.ts';

const POLICY = `package shop

berlin := [time.now_ns(), "Europe/Berlin"]

default open := false

open if {
	[hour, _, _] := time.clock(berlin)
	hour >= 9
	hour < 17
	not time.weekday(berlin) in {"Saturday", "Sunday"}
}

# What the clocks of Berlin skip in spring and show twice in autumn.
default small_hours := false

small_hours if time.clock(berlin)[0] == 2

default token := false

token if io.jwt.decode_verify(input.token, {"secret": "s3cret"})[0]

decision := {"allowed": open, "small_hours": small_hours, "token": token, "ns": time.now_ns()}

until if {
	open
	token
}
`;
const ENTRYPOINTS = ['shop/open', 'shop/small_hours', 'shop/decision', 'shop/until'];
const SOURCES: RegoSources = { rego: POLICY, entrypoints: ENTRYPOINTS };
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const at = (text: string): number => Date.parse(text);

let built: Promise<PolicySetDescriptor> | undefined;

/** With its plan, as a bundle that binds one. */
function shop(): Promise<PolicySetDescriptor> {
  built ??= (async () => {
    const set = await policySet(SOURCES, new Set(BUILTINS.keys()));
    const plan = await buildPlan([POLICY], ENTRYPOINTS);
    return { ...set, modules: [{ ...set.modules[0]!, plan }] };
  })();
  return built;
}

/** The evaluator alone, without a cache; without a resolution it sees the time itself. */
async function evaluatorOf(
  t: TestContext,
  timeResolutionMs?: number,
): Promise<(wallMs: number, entrypoint: string, input?: unknown) => string | undefined> {
  const evaluator = await createLocalEvaluator(await shop(), {
    builtins: BUILTINS,
    clock: setClock(0),
    ...(timeResolutionMs !== undefined && { timeResolutionMs }),
  });
  t.after(() => evaluator.close());
  return (wallMs, entrypoint, input) => {
    const json = input === undefined ? undefined : Buffer.from(JSON.stringify(input));
    const evaluation = evaluator.evaluate(entrypoint, json, { wallMs, deadlineMs: Infinity });
    assert.ok(!(evaluation instanceof Promise));
    return evaluation.json;
  };
}

async function engineWith(t: TestContext, timeResolutionMs?: number): Promise<ClockedEngine> {
  const engine = await clockedEngine(await shop(), (set, clock) =>
    createLocalEvaluator(set, {
      builtins: BUILTINS,
      clock,
      ...(timeResolutionMs !== undefined && { timeResolutionMs }),
    }),
  );
  t.after(() => engine.close());
  return engine;
}

const floor = (wallMs: number, resolutionMs: number): number =>
  Math.floor(wallMs / resolutionMs) * resolutionMs;

/** When the answer of `shop/open` or `shop/small_hours` changes. */
const EDGES: readonly [note: string, entrypoint: string, edgeMs: number][] = [
  ['opening in winter', 'shop/open', at('2026-03-27T08:00:00Z')],
  ['closing in winter', 'shop/open', at('2026-03-27T16:00:00Z')],
  ['opening after spring forward', 'shop/open', at('2026-03-30T07:00:00Z')],
  ['opening in summer', 'shop/open', at('2026-10-23T07:00:00Z')],
  ['closing after fall back', 'shop/open', at('2026-10-26T16:00:00Z')],
  ['fall back shows the hour', 'shop/small_hours', at('2026-10-25T00:00:00Z')],
  ['and once more', 'shop/small_hours', at('2026-10-25T02:00:00Z')],
  ['an hour of winter', 'shop/small_hours', at('2026-03-28T01:00:00Z')],
];

test('without a resolution an answer that reads the clock is not cached', async (t) => {
  const { askAt } = await engineWith(t);
  for (let i = 0; i < 3; i++) {
    const { cached, cacheable } = await askAt(1000, 'shop/open');
    assert.deepEqual([cached, cacheable], [false, false]);
  }
});

for (const resolutionMs of [1, SECOND, 7 * SECOND, HOUR]) {
  test(`around edges, answers are those at the start of ${resolutionMs} ms, and cached`, async (t) => {
    const { askAt } = await engineWith(t, resolutionMs);
    const exact = await evaluatorOf(t);
    for (const [note, entrypoint, edgeMs] of EDGES) {
      assert.notEqual(exact(edgeMs - 1, entrypoint), exact(edgeMs, entrypoint), note);
      const offsets = [-1, -0.5, 0, 0.5, 0.999].map((share) => share * resolutionMs);
      for (const offsetMs of [...offsets, -1, 0, 1, resolutionMs]) {
        const nowMs = Math.round(edgeMs + offsetMs);
        const first = await askAt(nowMs, entrypoint);
        const second = await askAt(nowMs, entrypoint);
        const startMs = floor(nowMs, resolutionMs);
        assert.ok(startMs <= nowMs && nowMs < startMs + resolutionMs);
        assert.equal(first.json, exact(startMs, entrypoint), `${note} ${offsetMs}`);
        assert.deepEqual([second.json, second.cached], [first.json, true], `${note} ${offsetMs}`);
        assert.equal(second.validUntilMs, startMs + resolutionMs);
      }
    }
  });
}

test('spring forward: the hour that clocks skip is never seen', async (t) => {
  const { askAt } = await engineWith(t, SECOND);
  const edgeMs = at('2026-03-29T01:00:00Z');
  for (const offsetMs of [-HOUR, -1001, -1, 0, 1, 999, 1000, HOUR]) {
    assert.equal((await askAt(edgeMs + offsetMs, 'shop/small_hours')).json, 'false', `${offsetMs}`);
  }
});

test('a token is checked at the time itself, though the answer about the hours is of the quantum', async (t) => {
  const { askAt } = await engineWith(t, HOUR);
  const noonMs = at('2026-11-23T11:00:00Z');
  const expMs = noonMs + 1_234_000;
  const nbfMs = noonMs + 600_000;
  const token = makeToken({ alg: 'HS256' }, { nbf: nbfMs / 1000, exp: expMs / 1000 }, 's3cret');
  const table: [nowMs: number, allowed: boolean, cached: boolean][] = [
    [noonMs, false, false],
    [nbfMs - 1, false, true],
    [nbfMs, true, false],
    [expMs - 1, true, true],
    [expMs, false, false],
    [noonMs + HOUR - 1, false, true],
    // A clock that is stepped back leaves the window of what is stored.
    [expMs - 1, true, false],
    [nbfMs, true, true],
    [nbfMs - 1, false, false],
    [noonMs, false, true],
    [noonMs - 1, false, false],
    [noonMs + HOUR, false, false],
  ];
  for (const [nowMs, allowed, cached] of table) {
    const decision = await askAt(nowMs, 'shop/until', { token });
    assert.deepEqual([decision.allowed, decision.cached], [allowed, cached], `${nowMs - noonMs}`);
  }
});

test('cached is fresh: of the quantum for the clock, of the moment for tokens', async (t) => {
  const exact = await evaluatorOf(t);
  const base = at('2026-11-23T08:00:00Z');
  const engines = new Map<number, ClockedEngine>();
  for (const resolutionMs of [1, 100, SECOND, 60 * SECOND]) {
    engines.set(resolutionMs, await engineWith(t, resolutionMs));
  }
  const near = fc.integer({ min: -3000, max: 3000 });
  let cached = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...engines.keys()),
      fc.array(near, { minLength: 2, maxLength: 12 }),
      fc.record({ nbf: near, exp: near }),
      async (resolutionMs, instants, { nbf, exp }) => {
        const claims = { nbf: base / 1000 + nbf / 1000, exp: base / 1000 + exp / 1000 };
        const input = { token: makeToken({ alg: 'HS256' }, claims, 's3cret') };
        for (const instant of instants) {
          const nowMs = base + instant;
          const decision = await engines.get(resolutionMs)!.askAt(nowMs, 'shop/decision', input);
          if (decision.cached) cached++;
          const seen = parts(decision.json);
          const ofQuantum = parts(exact(floor(nowMs, resolutionMs), 'shop/decision', input));
          const ofNow = parts(exact(nowMs, 'shop/decision', input));
          assert.deepEqual({ ...seen, token: undefined }, { ...ofQuantum, token: undefined });
          assert.equal(seen.token, ofNow.token);
        }
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(cached > 50, `${cached} of the answers came from the cache`);
});

function parts(json: string | undefined): { token: boolean; ns: string } {
  const { token } = JSON.parse(json!) as { token: boolean };
  return { token, ns: json!.replace(/"token": ?\w+/, '') };
}

test('the decision log shows the time that the policy saw', async (t) => {
  const { askAt, events } = await engineWith(t, SECOND);
  await askAt(1_795_305_600_789, 'shop/open');
  const recorded = JSON.stringify(events.at(-1)!.nonDeterministic);
  assert.equal(recorded, '{"time.now_ns":{"[]":1795305600000000000}}');
  assert.match((await askAt(-0.25, 'shop/decision')).json!, /"ns": ?-1000000000[,}]/);
});

test('modules, plans, policy threads and explanations see the same quantum', async (t) => {
  const set = await shop();
  const wallMs = at('2026-11-23T07:59:59.999Z') + 0.25;
  const time = { wallMs, deadlineMs: systemClock.monotonicMs() + 30_000 };
  const bounded = async (sliceMs: number, planned: readonly string[]): Promise<Evaluator> => {
    const evaluator = await createBoundedEvaluator(
      { ...set, planned },
      {
        builtins: BUILTINS,
        clock: systemClock,
        timeResolutionMs: SECOND,
        sliceMs,
        maxThreads: 1,
        maxQueued: 10,
        maxHeapBytes: 64 * 1024 * 1024,
        figures: new EvaluationFigures(),
      },
    );
    t.after(() => evaluator.close());
    return evaluator;
  };
  const startMs = at('2026-11-23T07:59:59Z');
  const evaluators = [await bounded(1000, []), await bounded(1000, ['shop/decision']), await bounded(0, [])];
  for (const evaluator of evaluators) {
    const evaluation = await evaluator.evaluate('shop/decision', undefined, time);
    assert.match(evaluation.json!, /"ns": ?1795420799000000000/);
    assert.deepEqual(
      [evaluation.effects, evaluation.validFromMs, evaluation.validUntilMs],
      [['window'], startMs, startMs + SECOND],
    );
    const exact = await evaluator.evaluate('shop/decision', undefined, { ...time, exactTime: true });
    assert.match(exact.json!, /"ns": ?1795420799999250000/);
    assert.deepEqual(exact.effects, ['clock']);
  }
  const explained = await evaluators[2]!.explain!('shop/decision', undefined, time, NOTHING_HIDDEN);
  assert.match(explained.json!, /1795420799000000000/);
});

test('vectors expect answers of their own moment, whatever the resolution', async (t) => {
  const evaluator = await createLocalEvaluator(await shop(), {
    builtins: BUILTINS,
    clock: systemClock,
    timeResolutionMs: HOUR,
  });
  t.after(() => evaluator.close());
  const nowMs = at('2026-11-23T15:59:59.999Z');
  const vector = { name: 'open', entrypoint: 'shop/open', inputJson: undefined, nowMs, expect: true };
  const late = { ...vector, nowMs: nowMs + 1, expect: false };
  const results = await runVectors([vector, late], evaluator);
  assert.deepEqual(
    results.map(({ message }) => message),
    ['', ''],
  );
});
