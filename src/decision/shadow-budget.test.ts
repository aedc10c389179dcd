import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ShadowBudget } from './shadow-budget.ts';

test('what was spent beyond the share is waited for', () => {
  const budget = new ShadowBudget(0.01, 0);
  assert.equal(budget.allows(0), true);
  budget.spend(30);
  // 10 ms were saved; the other 20 ms take 2 s.
  const table: [atMs: number, allowed: boolean][] = [
    [0, false],
    [1_000, false],
    [1_990, false],
    [2_010, true],
    [1_000_000, true],
  ];
  for (const [atMs, allowed] of table) assert.equal(budget.allows(atMs), allowed, `${atMs} ms`);
  budget.spend(10);
  assert.equal(budget.allows(1_000_000), false, 'a quiet while saves one second only');
});

test('a share of nothing allows nothing', () => {
  assert.equal(new ShadowBudget(0, 0).allows(1e9), false);
});

test('the share holds over any time, whatever is asked and whatever it costs', () => {
  const asked = fc.record({
    waitMs: fc.integer({ min: 0, max: 500 }),
    costMs: fc.integer({ min: 0, max: 200 }),
  });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 200 }), fc.constantFrom(0.001, 0.01, 0.5, 1), (list, share) => {
      const budget = new ShadowBudget(share, 0);
      let nowMs = 0;
      let spentMs = 0;
      let largestMs = 0;
      for (const { waitMs, costMs } of list) {
        nowMs += waitMs;
        if (!budget.allows(nowMs)) continue;
        budget.spend(costMs);
        spentMs += costMs;
        largestMs = Math.max(largestMs, costMs);
        assert.ok(spentMs <= share * (nowMs + 1000) + largestMs + 1e-6);
      }
    }),
  );
});
