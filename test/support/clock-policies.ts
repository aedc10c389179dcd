import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Clock, systemClock } from '../../src/clock.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import type { Evaluation, EvaluationTime, Evaluator } from '../../src/policy/evaluator.ts';
import { createLocalEvaluator } from '../../src/policy/local-evaluator.ts';
import { type Footprint, WHOLE } from '../../src/policy/plan/footprint.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import { policySet } from './rego-module.ts';
import { buildPlan } from './rego-plan.ts';

/** Ways to use the time; each rule is an entrypoint. */
export const CLOCK_POLICY = `package w

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

# It falls with the time, but jumps where that is nothing.
inverse if input.at / now > input.max

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

shown := [time.format([now, input.zone, layout]) | some layout in input.layouts]

stamped := time.format([now, input.zone])

recent if time.add_date(now, 0, 0, -30) < input.at

month_ago if time.add_date(now, 0, -1, 0) < input.at

token if {
	before
	io.jwt.decode_verify(input.token, {"secret": "s3cret"})[0]
}

printed := sprintf("%d", [now])

told := now

keyed := {now: 1}[input.at]

# OPA's ceil of -0.5 is 1, and that of 0 is 0.
upwards if ceil((now - input.at) / 1000000000) >= 1

# Beyond the 64 bits that fractions have.
huge if seconds * input.factor > input.at

quotient := now / 0

by_zero if not quotient

# Of an odd time there is none.
halved := time.clock(now / 2)[0]

spoken if {
	trace("hello")
	now < input.at
}

unmet if {
	input.never
	now < input.at
}
`;
const NAMES = [...CLOCK_POLICY.matchAll(/^(?:default )?(\w+) (?::=|if|contains)/gm)].map(([, name]) => name!);
export const CLOCK_ENTRYPOINTS: readonly string[] = [...new Set(NAMES)].map((name) => `w/${name}`);
const COMPARED: Footprint = {
  input: WHOLE,
  data: WHOLE,
  effects: new Map([['clock', ['time.now_ns']]]),
  clock: 'compared',
  fullReads: [],
};
export const DAY_MS: number = 24 * 3600 * 1000;
export const NOON_MS: number = Date.parse('2026-11-23T12:00:00Z');
export const nsOf = (ms: number): bigint => BigInt(Math.round(ms * 1000)) * 1000n;
/** JSON with integers that doubles do not hold. */
export const exactJson = (value: unknown): Buffer =>
  Buffer.from(
    JSON.stringify(value, (_, item) =>
      typeof item === 'bigint' ? JSON.rawJSON(`${item}`) : (item as unknown),
    ),
  );

let built: Promise<PolicySetDescriptor> | undefined;

/** With footprints that call all of them worth trying. */
export function clockPolicies(): Promise<PolicySetDescriptor> {
  built ??= (async () => {
    const sources = { rego: CLOCK_POLICY, entrypoints: CLOCK_ENTRYPOINTS };
    const set = await policySet(sources, new Set(BUILTINS.keys()));
    const plan = await buildPlan([CLOCK_POLICY], CLOCK_ENTRYPOINTS);
    const footprints = new Map(CLOCK_ENTRYPOINTS.map((path) => [path, COMPARED]));
    return { ...set, modules: [{ ...set.modules[0]!, plan }], footprints };
  })();
  return built;
}

export type Ask = (entrypoint: string, input: unknown, wallMs: number) => Evaluation;

/** Asks an evaluator that answers at once; closed after the test. */
export function asking(t: TestContext, evaluator: Evaluator, time: Partial<EvaluationTime> = {}): Ask {
  t.after(() => evaluator.close());
  return (entrypoint, input, wallMs) => {
    const evaluation = evaluator.evaluate(`w/${entrypoint}`, exactJson(input), {
      wallMs,
      deadlineMs: Infinity,
      ...time,
    });
    assert.ok(!(evaluation instanceof Promise));
    return evaluation;
  };
}

export const CLOCK_OPTIONS: { readonly builtins: typeof BUILTINS; readonly clock: Clock } = {
  builtins: BUILTINS,
  clock: { ...systemClock, monotonicMs: () => 0 },
};
/** The evaluator that finds windows. */
export const windowsAsked = async (t: TestContext): Promise<Ask> =>
  asking(t, await createLocalEvaluator(await clockPolicies(), CLOCK_OPTIONS));
export const moduleAsked = async (t: TestContext): Promise<Ask> =>
  asking(t, await createWasmEvaluator(await clockPolicies(), CLOCK_OPTIONS));
