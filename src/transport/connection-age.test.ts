import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ConnectionAge } from './connection-age.ts';
import { GRPC_LIMITS } from './transport.ts';

const DAY_MS = 86_400_000;

/** What has become of a connection of this age. */
function fate(t: TestContext, ageMs: number, graceMs: number, limitMs: number): string[] {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const clock = { wallMs: () => Date.now(), monotonicMs: () => Date.now() };
  const told: string[] = [];
  const limits = { ...GRPC_LIMITS, maxConnectionAgeMs: limitMs, maxConnectionAgeGraceMs: graceMs };
  const age = new ConnectionAge(Number.POSITIVE_INFINITY, limits, clock, {
    retire: () => told.push('retired'),
    cut: () => told.push('cut'),
  });
  for (let passedMs = 0; passedMs < ageMs; passedMs += DAY_MS / 24) t.mock.timers.tick(DAY_MS / 24);
  age.stop();
  return told;
}

for (const [ageDays, graceMs, limitDays, told] of [
  [2, 1000, 3, []],
  [4, 1000, 3, ['retired', 'cut']],
  // Node's timers count no further than 24.8 days, and fire at once beyond that.
  [30, 1000, 40, []],
  [46, 1000, 40, ['retired', 'cut']],
  [4, 40 * DAY_MS, 3, ['retired']],
] as const) {
  test(`after ${ageDays} days of ${limitDays}, with ${graceMs} ms of grace: ${told.join(', ') || 'nothing'}`, (t) => {
    assert.deepEqual(fate(t, ageDays * DAY_MS, graceMs, limitDays * DAY_MS), told);
  });
}
