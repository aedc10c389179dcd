import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShadowSampler } from './shadow-sampler.ts';

const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

test('the rate is kept, also by what comes in a fixed rhythm', () => {
  for (const [rate, period] of [
    [0.01, 1],
    [0.01, 100],
    [0.1, 10],
    [0.5, 2],
  ] as const) {
    const sampler = new ShadowSampler(rate, seeded(7));
    const chosen = Array.from({ length: period }, () => 0);
    const rounds = 200_000 / period;
    for (let round = 0; round < rounds; round++)
      for (let at = 0; at < period; at++) if (sampler.next()) chosen[at]!++;
    const all = chosen.reduce((sum, count) => sum + count, 0);
    assert.ok(Math.abs(all / 200_000 - rate) < rate * 0.1, `${all} of 200,000 at ${rate}`);
    // Five standard deviations around the mean of each place of the rhythm.
    const [mean, spread] = [rounds * rate, 5 * Math.sqrt(rounds * rate)];
    for (const count of chosen) assert.ok(Math.abs(count - mean) < spread, `${count} of ${mean}`);
  }
});

test('none and all, whatever chance says', () => {
  for (const random of [() => 0, () => 1 - 2 ** -53]) {
    const [none, all] = [new ShadowSampler(0, random), new ShadowSampler(1, random)];
    for (let count = 0; count < 1000; count++) {
      assert.equal(none.next(), false);
      assert.equal(all.next(), true);
    }
  }
});

test('chance at its ends chooses the next one, or one far away', () => {
  const first = new ShadowSampler(0.001, () => 0);
  assert.equal(first.next(), true);
  const last = new ShadowSampler(0.001, () => 1 - 2 ** -53);
  for (let count = 0; count < 36_000; count++) assert.equal(last.next(), false);
});
