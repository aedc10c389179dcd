// needs: opa
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../src/clock.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import type { Evaluation, Evaluator } from '../src/policy/evaluator.ts';
import { createLocalEvaluator } from '../src/policy/local-evaluator.ts';
import { type Footprint, WHOLE } from '../src/policy/plan/footprint.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { clockedEngine } from './support/clocked-engine.ts';
import { policySet } from './support/rego-module.ts';
import { buildPlan } from './support/rego-plan.ts';
import { makeToken } from './support/tokens.ts';

const POLICY = `package w

now := time.now_ns()

seconds := now / 1000000000

before if now < input.at

within if {
	now >= input.from * 1000000000
	input.to * 1000000000 > now
}

fraction if seconds <= input.to

age := "old" if now - input.at > input.max

age := "young" if now - input.at <= input.max

left if input.at - now >= input.max

scaled if now * input.factor > input.at

shared if now / input.factor > input.at

rounded := [floor(seconds) > input.to, ceil(seconds) > input.to, round(seconds) > input.to]

twice if floor(seconds) * 2 + 1 >= input.to

sum if seconds + input.factor >= input.to

other if now != input.at

moment if now == input.at

default unequal := false

unequal if not neq(now, input.at)

roles contains grant.role if {
	some grant in input.grants
	now >= grant.from
	now < grant.until
}

open if {
	[hour, _, _] := time.clock([now, input.zone])
	hour >= 9
	hour < 17
	not time.weekday([now, input.zone]) in {"Saturday", "Sunday"}
}

minutes if {
	[hour, minute, _] := time.clock([now, input.zone])
	(hour * 60) + minute >= input.minutes
}

shifted := time.clock([now - input.max, input.zone])[0]

second := time.clock(now)[2]

day := {"month": month, "day": day} if [_, month, day] := time.date([now, input.zone])

recent if time.add_date(now, 0, 0, -30) < input.at

month_ago if time.add_date(now, 0, -1, 0) < input.at

token if {
	before
	io.jwt.decode_verify(input.token, {"secret": "s3cret"})[0]
}

printed := sprintf("%d", [now])

told := now

keyed := {now: 1}[input.at]

unmet if {
	input.never
	now < input.at
}
`;
const NAMES = [...POLICY.matchAll(/^(?:default )?(\w+) (?::=|if|contains)/gm)].map(([, name]) => name!);
const ENTRYPOINTS = [...new Set(NAMES)].map((name) => `w/${name}`);
const COMPARED: Footprint = {
  input: WHOLE,
  data: WHOLE,
  effects: new Map([['clock', ['time.now_ns']]]),
  clock: 'compared',
  fullReads: [],
};
const DAY = 24 * 3600 * 1000;
const NOON = Date.parse('2026-11-23T12:00:00Z');
const ns = (ms: number): bigint => BigInt(Math.round(ms * 1000)) * 1000n;
/** JSON with integers that doubles do not hold. */
const json = (value: unknown): Buffer =>
  Buffer.from(
    JSON.stringify(value, (_, item) =>
      typeof item === 'bigint' ? JSON.rawJSON(`${item}`) : (item as unknown),
    ),
  );

let built: Promise<PolicySetDescriptor> | undefined;

function descriptor(): Promise<PolicySetDescriptor> {
  built ??= (async () => {
    const sources = { rego: POLICY, entrypoints: ENTRYPOINTS };
    const set = await policySet(sources, new Set(BUILTINS.keys()));
    const plan = await buildPlan([POLICY], ENTRYPOINTS);
    const footprints = new Map(ENTRYPOINTS.map((path) => [path, COMPARED]));
    return { ...set, modules: [{ ...set.modules[0]!, plan }], footprints };
  })();
  return built;
}

type Ask = (entrypoint: string, input: unknown, wallMs: number) => Evaluation;

function asking(t: TestContext, evaluator: Evaluator): Ask {
  t.after(() => evaluator.close());
  return (entrypoint, input, wallMs) => {
    const evaluation = evaluator.evaluate(`w/${entrypoint}`, json(input), { wallMs, deadlineMs: Infinity });
    assert.ok(!(evaluation instanceof Promise));
    return evaluation;
  };
}

const OPTIONS = { builtins: BUILTINS, clock: { ...systemClock, monotonicMs: () => 0 } };
const windowed = async (t: TestContext): Promise<Ask> =>
  asking(t, await createLocalEvaluator(await descriptor(), OPTIONS));
const moduleOnly = async (t: TestContext): Promise<Ask> =>
  asking(t, await createWasmEvaluator(await descriptor(), OPTIONS));

test('how long answers hold', async (t) => {
  const ask = await windowed(t);
  const [far, ever] = [NOON - DAY, NOON + DAY];
  const zone = 'Europe/Berlin';
  const hour = (text: string): number => Date.parse(`2026-11-23T${text}Z`);
  const table: [
    entrypoint: string,
    input: object,
    answer: string | undefined,
    from: number,
    until: number,
  ][] = [
    ['before', { at: ns(NOON + 5) }, 'true', far, NOON + 5],
    ['before', { at: ns(NOON) }, undefined, NOON, ever],
    ['before', { at: ns(NOON + 5) + 1n }, 'true', far, NOON + 5],
    ['before', { at: ns(NOON - 5) + 1n }, undefined, NOON - 4, ever],
    ['before', { at: 'soon' }, 'true', far, ever],
    ['before', { at: ns(NOON + 2 * DAY) }, 'true', far, ever],
    ['within', { from: NOON / 1000 - 3, to: NOON / 1000 + 4 }, 'true', NOON - 3000, NOON + 4000],
    ['within', { from: NOON / 1000 + 3, to: NOON / 1000 + 4 }, undefined, far, NOON + 3000],
    ['fraction', { to: NOON / 1000 + 0.5 }, 'true', far, NOON + 500],
    ['age', { at: ns(NOON - 1000), max: 2_000_000_000 }, '"young"', far, NOON + 1000],
    ['left', { at: ns(NOON + 1000), max: 400_000_000 }, 'true', far, NOON + 600],
    ['scaled', { factor: -1, at: -ns(NOON + 9) }, 'true', far, NOON + 9],
    ['shared', { factor: 1000, at: ns(NOON + 9) / 1000n }, undefined, far, NOON + 9],
    ['rounded', { to: NOON / 1000 }, '[false,false,false]', far, NOON],
    ['twice', { to: NOON / 500 + 4 }, undefined, far, NOON + 2000],
    ['other', { at: ns(NOON + 7) }, 'true', far, NOON + 7],
    ['unequal', { at: ns(NOON - 7) }, 'false', NOON - 6, ever],
    ['open', { zone }, 'true', hour('12:00:00'), hour('13:00:00')],
    ['open', { zone: 'Asia/Kolkata' }, undefined, hour('11:30:00'), hour('12:30:00')],
    ['minutes', { zone, minutes: 700 }, 'true', NOON, NOON + 60_000],
    ['shifted', { zone, max: 7_200_000_000_000 }, '11', hour('12:00:00'), hour('13:00:00')],
    ['second', {}, '0', NOON, NOON + 1000],
    ['day', { zone }, '{"day":23,"month":11}', Date.parse('2026-11-22T23:00:00Z'), hour('23:00:00')],
    ['recent', { at: ns(NOON - 30 * DAY + 11) }, 'true', far, NOON + 11],
    ['roles', { grants: [grant('a', -5, 50), grant('b', 20, 90)] }, '["a"]', NOON - 5, NOON + 20],
  ];
  for (const [entrypoint, input, answer, from, until] of table) {
    const wallMs = entrypoint === 'rounded' ? NOON - 1 : NOON;
    const { json: given, effects, validFromMs, validUntilMs } = ask(entrypoint, input, wallMs);
    const note = `${entrypoint} ${String(json(input))}`;
    assert.equal(given?.replaceAll(/[\s]/g, ''), answer, note);
    // A day in both directions of the time that was asked at.
    const edges = [from === far ? wallMs - DAY : from, until === ever ? wallMs + DAY : until];
    assert.deepEqual([effects, validFromMs, validUntilMs], [['window'], ...edges], note);
  }
});

const grant = (role: string, fromMs: number, untilMs: number): object => ({
  role,
  from: ns(NOON + fromMs),
  until: ns(NOON + untilMs),
});

test('where the time itself shows, or more than a threshold, an answer stays of its moment', async (t) => {
  const input = { at: ns(NOON), zone: 'Europe/Berlin', max: 1 };
  for (const entrypoint of ['printed', 'told', 'now', 'seconds', 'keyed', 'moment', 'month_ago', 'unequal']) {
    const ask = await windowed(t);
    const { effects, validFromMs, validUntilMs } = ask(entrypoint, input, NOON);
    assert.deepEqual([effects, validFromMs, validUntilMs], [['clock'], -Infinity, Infinity], entrypoint);
  }
  const ask = await windowed(t);
  // The threshold is within this very millisecond.
  assert.deepEqual(ask('before', { at: ns(NOON) + 500n }, NOON).effects, ['clock']);
  assert.deepEqual(ask('unmet', { at: ns(NOON) }, NOON).effects, [], 'a clock that was not read is none');
});

test('clocks that are changed end the window', async (t) => {
  const ask = await windowed(t);
  const zone = 'Europe/Berlin';
  const window = (entrypoint: string, text: string): string[] => {
    const { effects, validFromMs, validUntilMs } = ask(
      entrypoint,
      { zone, minutes: 0, max: 0 },
      Date.parse(text),
    );
    assert.deepEqual(effects, ['window']);
    return [validFromMs, validUntilMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
  };
  assert.deepEqual(window('open', '2026-03-29T00:59:59.999Z'), ['2026-03-29T00:00', '2026-03-29T01:00']);
  assert.deepEqual(window('open', '2026-03-29T01:00:00Z'), ['2026-03-29T01:00', '2026-03-29T02:00']);
  assert.deepEqual(window('open', '2026-10-25T00:30:00Z'), ['2026-10-25T00:00', '2026-10-25T01:00']);
  assert.deepEqual(window('open', '2026-10-25T01:00:00Z'), ['2026-10-25T01:00', '2026-10-25T02:00']);
  // Of the day only what is before the change, or after it.
  assert.deepEqual(window('day', '2026-03-29T00:00:00Z'), ['2026-03-28T23:00', '2026-03-29T01:00']);
  assert.deepEqual(window('day', '2026-03-29T12:00:00Z'), ['2026-03-29T01:00', '2026-03-29T22:00']);
  assert.deepEqual(window('day', '2026-10-25T12:00:00Z'), ['2026-10-25T01:00', '2026-10-25T23:00']);
});

test('the windows of tokens and of the time meet', async (t) => {
  const ask = await windowed(t);
  const token = makeToken({ alg: 'HS256' }, { nbf: NOON / 1000 - 1, exp: NOON / 1000 + 2 }, 's3cret');
  for (const [end, until] of [
    [1500, 1500],
    [2500, 2000],
  ] as const) {
    const { json: answer, ...found } = ask('token', { at: ns(NOON + end), token }, NOON);
    assert.deepEqual([answer, found.effects], ['true', ['window']]);
    assert.deepEqual([found.validFromMs, found.validUntilMs], [NOON - 1000, NOON + until]);
  }
});

const inNs = fc.bigInt({ min: -4_000_000_000n, max: 4_000_000_000n });
/** Times in milliseconds; near the epoch, where doubles tell nanoseconds, and before it. */
const times = fc.oneof(
  fc.integer({ min: -5000, max: 5000 }).map((thousandths) => thousandths / 1000),
  fc.integer({ min: -DAY * 300, max: DAY * 300 }).map((offset) => NOON + offset),
  fc
    .constantFrom('2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', '2026-11-22T23:00:00Z')
    .chain((text) => fc.integer({ min: -3000, max: 3000 }).map((offset) => Date.parse(text) + offset)),
);
const ZONES = [
  'Europe/Berlin',
  'UTC',
  '',
  'Asia/Kolkata',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'No/Zone',
];

/** An instant, and an input whose thresholds are near it. */
const cases = times.chain((wallMs) =>
  fc.record({
    wallMs: fc.constant(wallMs),
    input: fc.record({
      at: fc.oneof(
        inNs.map((off) => ns(wallMs) + off),
        inNs,
        fc.constant(NOON),
      ),
      from: fc.integer({ min: -4, max: 4 }).map((off) => Math.floor(wallMs / 1000) + off),
      to: fc.integer({ min: -4000, max: 4000 }).map((off) => Math.round(wallMs + off) / 1000),
      max: inNs,
      factor: fc.constantFrom(-2, -1, 0, 1, 3, 7, 0.1, 1000, 1e12),
      minutes: fc.integer({ min: 0, max: 1440 }),
      zone: fc.constantFrom(...ZONES),
      grants: fc
        .array(fc.record({ role: fc.constantFrom('a', 'b'), from: inNs, until: inNs }), { maxLength: 4 })
        .map((grants) =>
          grants.map(({ role, from, until }) => ({
            role,
            from: ns(wallMs) + from,
            until: ns(wallMs) + until,
          })),
        ),
    }),
    inside: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  }),
);

test('inside its window an answer never changes, by the module itself', async (t) => {
  const module = await moduleOnly(t);
  const found = new Map<string, number>();
  for (const path of ENTRYPOINTS) {
    const entrypoint = path.slice(2);
    const ask = await windowed(t);
    fc.assert(
      fc.property(cases, ({ wallMs, input, inside }) => {
        const { json: answer, effects, validFromMs, validUntilMs } = ask(entrypoint, input, wallMs);
        assert.equal(answer, module(entrypoint, input, wallMs).json);
        if (!effects.includes('window')) return;
        found.set(entrypoint, (found.get(entrypoint) ?? 0) + 1);
        assert.ok(validFromMs <= wallMs && wallMs < validUntilMs, `${validFromMs} ${wallMs} ${validUntilMs}`);
        const length = validUntilMs - validFromMs;
        // The last moment that a double tells.
        const last = validUntilMs - Math.max(Math.abs(validUntilMs) * Number.EPSILON, 1e-6);
        for (const otherMs of [validFromMs, last, ...inside.map((share) => validFromMs + share * length)]) {
          if (otherMs >= validUntilMs) continue;
          assert.equal(module(entrypoint, input, otherMs).json, answer, `${entrypoint} at ${otherMs}`);
        }
      }),
      { numRuns: 60 },
    );
  }
  const never = ENTRYPOINTS.map((path) => path.slice(2)).filter((name) => !found.has(name));
  assert.deepEqual(never, ['now', 'seconds', 'moment', 'month_ago', 'printed', 'told', 'keyed', 'unmet']);
});

test('the engine caches such answers, to the edge of their windows', async (t) => {
  const engine = await clockedEngine(await descriptor(), (set, clock) =>
    createLocalEvaluator(set, { builtins: BUILTINS, clock }),
  );
  t.after(() => engine.close());
  const input = { from: NOON / 1000 - 1, to: NOON / 1000 + 1 };
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
    const decision = await engine.askAt(NOON + offsetMs, 'w/within', input);
    assert.deepEqual([decision.allowed, decision.cached], [allowed, cached], `${offsetMs}`);
  }
});
