// needs: opa
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { footprintsOf } from '../src/policy/plan/footprint/footprints-of.ts';
import { createPlanEvaluator } from '../src/policy/plan/plan-evaluator.ts';
import { readPlan } from '../src/policy/plan/read-plan.ts';
import { withTimeWindows } from '../src/policy/time-windows/windowed-evaluator.ts';
import { asking, CLOCK_OPTIONS } from './support/clock-policies.ts';
import { buildPlan, plannedSet } from './support/rego-plan.ts';

const POLICY = `package w
import data.lib.hours
default open := false
open if hours.open(input, time.now_ns())
default on := false
on if hours.any_on(input)`;
const ENTRYPOINTS = ['w/open', 'w/on'];

test("answers that look at the demo's hours hold until these begin or end, not for a minute", async (t) => {
  const hours = await readFile(new URL('../policies/lib/hours.rego', import.meta.url), 'utf8');
  const plan = await buildPlan([hours, POLICY], ENTRYPOINTS);
  const set = { ...plannedSet(plan, ENTRYPOINTS), footprints: footprintsOf(readPlan(plan), {}) };
  const planned = { ...set, modules: [{ ...set.modules[0]!, plan }] };
  const ask = asking(t, withTimeWindows(planned, createPlanEvaluator(planned, CLOCK_OPTIONS), CLOCK_OPTIONS));
  const timezone = 'Europe/Berlin';
  const office = { timezone, days: ['Wednesday'], opens: '08:30', closes: '18:00' };
  const sunday = [{ timezone, day: 'Sunday', from: '02:30', until: '24:00' }];
  const table: [
    entrypoint: string,
    input: unknown,
    at: string,
    answer: string,
    from: string,
    until: string,
  ][] = [
    ['open', office, '2026-11-25T09:00', 'true', '2026-11-25T07:30', '2026-11-25T17:00'],
    ['open', office, '2026-11-25T07:00', 'false', '2026-11-24T23:00', '2026-11-25T07:30'],
    ['open', office, '2026-11-25T17:00', 'false', '2026-11-25T17:00', '2026-11-25T23:00'],
    ['open', office, '2026-11-24T09:00', 'false', '2026-11-23T23:00', '2026-11-24T23:00'],
    // Where clocks are changed the window ends, too.
    ['on', sunday, '2026-03-29T02:00', 'true', '2026-03-29T01:00', '2026-03-29T22:00'],
    ['on', sunday, '2026-10-25T00:45', 'true', '2026-10-25T00:30', '2026-10-25T01:00'],
    ['on', sunday, '2026-10-25T01:15', 'false', '2026-10-25T01:00', '2026-10-25T01:30'],
  ];
  for (const [entrypoint, input, at, answer, from, until] of table) {
    const { json, effects, validFromMs, validUntilMs } = ask(entrypoint, input, Date.parse(`${at}Z`));
    const window = [validFromMs, validUntilMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
    assert.deepEqual([json, effects, ...window], [answer, ['window'], from, until], `${entrypoint} ${at}`);
  }
});
