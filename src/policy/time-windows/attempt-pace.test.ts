import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AttemptPace, AttemptShare } from './attempt-pace.ts';

/** How many evaluations until an attempt is made, that one included. */
function untilAttempt(pace: AttemptPace): number {
  let count = 1;
  while (pace.budgetMs(0.01) === 0) count++;
  return count;
}

test('an attempt may take some times as long as the evaluation, and none is made after a long one', () => {
  const table: [evaluationMs: number, budgetMs: number][] = [
    [0, 1],
    [0.01, 1],
    [0.1, 2],
    [5, 100],
    [5.1, 0],
    [1000, 0],
  ];
  for (const [evaluationMs, budgetMs] of table) {
    assert.equal(new AttemptPace().budgetMs(evaluationMs), budgetMs, `${evaluationMs}`);
  }
});

test('where attempts fail there are ever fewer, and as many as before once one succeeds', () => {
  const pace = new AttemptPace();
  const gaps: number[] = [];
  for (let i = 0; i < 14; i++) {
    gaps.push(untilAttempt(pace));
    pace.ended(false);
  }
  assert.deepEqual(gaps, [1, 2, 3, 5, 9, 17, 33, 65, 129, 257, 513, 1025, 1025, 1025]);
  assert.equal(untilAttempt(pace), 1025);
  pace.ended(true);
  assert.deepEqual([untilAttempt(pace), untilAttempt(pace)], [1, 1]);
  pace.ended(false);
  assert.equal(untilAttempt(pace), 2);
});

test('attempts take a fifth of the time at most', () => {
  const share = new AttemptShare();
  let [nowMs, spentMs] = [100, 0];
  while (nowMs < 1100) {
    if (share.allows(nowMs)) {
      share.took(nowMs, nowMs + 0.5);
      spentMs += 0.5;
      nowMs += 0.5;
    }
    nowMs += 0.0625;
  }
  assert.ok(spentMs > 190 && spentMs <= 200, `${spentMs}`);
  const idle = new AttemptShare();
  idle.took(0, 1);
  assert.deepEqual([idle.allows(1), idle.allows(4.99), idle.allows(5)], [false, false, true]);
});
