// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  CLOCK_ENTRYPOINTS,
  DAY_MS,
  moduleAsked,
  NOON_MS,
  nsOf,
  windowsAsked,
} from './support/clock-policies.ts';

const inNs = fc.bigInt({ min: -4_000_000_000n, max: 4_000_000_000n });
/** Times in milliseconds; near the epoch, where doubles tell nanoseconds, and before it. */
const times = fc.oneof(
  fc.integer({ min: -5000, max: 5000 }).map((thousandths) => thousandths / 1000),
  fc.integer({ min: -DAY_MS * 300, max: DAY_MS * 300 }).map((offset) => NOON_MS + offset),
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
        inNs.map((off) => nsOf(wallMs) + off),
        inNs,
        fc.constant(NOON_MS),
      ),
      from: fc.integer({ min: -4, max: 4 }).map((off) => Math.floor(wallMs / 1000) + off),
      to: fc.integer({ min: -4000, max: 4000 }).map((off) => Math.round(wallMs + off) / 1000),
      max: inNs,
      factor: fc.constantFrom(-2, -1, 0, 1, 3, 7, 0.1, 1000, 1e12),
      minutes: fc.integer({ min: 0, max: 1440 }),
      zone: fc.constantFrom(...ZONES),
      layouts: fc.subarray([
        '15:04',
        '2006-01-02',
        '3 PM',
        'Mon Jan 2',
        '4',
        '5',
        'MST -0700',
        'RFC822',
        '.0',
      ]),
      grants: fc
        .array(fc.record({ role: fc.constantFrom('a', 'b'), from: inNs, until: inNs }), { maxLength: 4 })
        .map((grants) =>
          grants.map(({ role, from, until }) => ({
            role,
            from: nsOf(wallMs) + from,
            until: nsOf(wallMs) + until,
          })),
        ),
    }),
    inside: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  }),
);

test('inside its window an answer never changes, by the module itself', async (t) => {
  const module = await moduleAsked(t);
  const found = new Map<string, number>();
  for (const path of CLOCK_ENTRYPOINTS) {
    const entrypoint = path.slice(2);
    const ask = await windowsAsked(t);
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
  const sure = [
    'before',
    'within',
    'fraction',
    'age',
    'rounded',
    'open',
    'minutes',
    'shown',
    'day',
    'roles',
    'token',
  ];
  assert.deepEqual(
    sure.filter((name) => !found.has(name)),
    [],
  );
  const never = [
    'now',
    'seconds',
    'moment',
    'month_ago',
    'printed',
    'told',
    'keyed',
    'halved',
    'inverse',
    'unmet',
  ];
  assert.deepEqual(
    never.filter((name) => found.has(name)),
    [],
  );
});
