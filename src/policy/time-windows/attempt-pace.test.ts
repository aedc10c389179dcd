import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AttemptPace, AttemptShare } from './attempt-pace.ts';

/** How many evaluations until an attempt is made, that one included. */
function untilAttempt(pace: AttemptPace): number {
  let count = 1;
  while (pace.budgetMs(0.01, false) === 0) count++;
  return count;
}

test('an attempt may take some times as long as the evaluation, and none is made after a long one', () => {
  const table: [evaluationMs: number, budgetMs: number][] = [
    [0, 5],
    [0.01, 5],
    [1, 20],
    [5, 100],
    [20, 100],
    [20.1, 0],
    [1000, 0],
  ];
  for (const [evaluationMs, budgetMs] of table) {
    for (const isPromising of [false, true])
      assert.equal(new AttemptPace().budgetMs(evaluationMs, isPromising), budgetMs, `${evaluationMs}`);
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
  assert.ok(pace.budgetMs(0.01, true) > 0, 'a promising question does not wait');
  assert.equal(untilAttempt(pace), 1025);
  pace.ended(false);
  pace.ended(true);
  assert.deepEqual([untilAttempt(pace), untilAttempt(pace)], [1, 1]);
  pace.ended(false);
  assert.equal(untilAttempt(pace), 2);
});

/** Questions without end for a second, each 1/16 ms after the other and each attempt half a millisecond long. Gives when each was made. */
function flood(
  share: AttemptShare,
  wasAskedBefore: (i: number) => boolean,
): [atMs: number, before: boolean][] {
  const made: [number, boolean][] = [];
  let nowMs = 100;
  for (let i = 0; nowMs < 1100; i++, nowMs += 0.0625) {
    const before = wasAskedBefore(i);
    if (!share.allows(nowMs, before)) continue;
    made.push([nowMs, before]);
    share.took(nowMs, nowMs + 0.5);
    nowMs += 0.5;
  }
  return made;
}

test('attempts take a fifth of the time at most, and what they saved up', () => {
  for (const [before, savedMs] of [
    [false, 50],
    [true, 100],
  ] as const) {
    const spentMs = flood(new AttemptShare(), () => before).length / 2;
    assert.ok(spentMs >= 200 + savedMs - 1 && spentMs <= 200 + savedMs + 1, `${spentMs}`);
  }
  const share = new AttemptShare();
  assert.equal(share.allows(0, true), true);
  share.took(0, 110);
  // 110 ms, of which it had saved 100: what is owed is paid back at a fifth of the time.
  assert.deepEqual(
    [share.allows(10, true), share.allows(49.9, true), share.allows(50.1, true)],
    [false, false, true],
  );
  assert.deepEqual([share.allows(299.9, false), share.allows(300.1, false)], [false, true]);
  // It saves no more than that, however long nothing is asked.
  share.allows(1e9, true);
  share.took(1e9, 1e9 + 100);
  assert.equal(share.allows(1e9, true), false);
});

test('a flood of new questions leaves attempts to those that come again', () => {
  const again = (i: number): boolean => i % 8 === 7;
  const made = flood(new AttemptShare(), again).filter(([atMs]) => atMs > 600);
  const repeated = made.filter(([, before]) => before).length;
  assert.ok(repeated > made.length * 0.6, `${repeated} of ${made.length}`);
});
