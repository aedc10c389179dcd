import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NoTimeWindow, TimeWindow } from './time-window.ts';

const NOW_MS = 1_795_305_600_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;
const DAY_MS = 24 * 60 * 60 * 1000;

function opened(nowNs: bigint): TimeWindow {
  const window = new TimeWindow();
  window.open(nowNs);
  return window;
}

test('a window is a day in both directions, and becomes shorter with each threshold', () => {
  const window = opened(NOW);
  const bounds = (): number[] => [window.fromMs - NOW_MS, window.untilMs - NOW_MS];
  const keep = (thresholdNs: bigint): void =>
    window.keep(
      (ns) => ns < NOW + thresholdNs,
      () => [],
    );
  assert.deepEqual(bounds(), [-DAY_MS, DAY_MS]);
  const table: [thresholdNs: bigint, from: number, until: number][] = [
    [BigInt(DAY_MS) * 1_000_000n, -DAY_MS, DAY_MS],
    [5_000_000n, -DAY_MS, 5],
    [9_000_000n, -DAY_MS, 5],
    [-7_000_001n, -7, 5],
    [-7_000_000n, -7, 5],
    [-6_999_999n, -6, 5],
    [4_999_999n, -6, 4],
    [0n, 0, 4],
    [1_000_000n, 0, 1],
  ];
  for (const [threshold, from, until] of table) {
    keep(threshold);
    assert.deepEqual(bounds(), [from, until], `${threshold}`);
  }
  assert.throws(() => keep(1n), NoTimeWindow);
});

test('a change within the millisecond of now leaves no window', () => {
  for (const [now, threshold] of [
    [NOW, NOW + 1n],
    [NOW + 300n, NOW + 300n],
    [NOW + 300n, NOW + 999_999n],
    [-1n, -999_999n],
  ] as const) {
    assert.throws(
      () =>
        opened(now).keep(
          (ns) => ns < threshold,
          () => [],
        ),
      NoTimeWindow,
    );
  }
});

test('nothing changes within the window, whatever was guessed, and it is the longest such', () => {
  const ns = fc.bigInt({ min: -3_000_000_000n, max: 3_000_000_000n });
  fc.assert(
    fc.property(
      ns,
      fc.array(ns, { minLength: 1, maxLength: 4 }),
      fc.array(fc.double()),
      (now, thresholds, guesses) => {
        const window = opened(now);
        try {
          for (const threshold of thresholds)
            window.keep(
              (at) => at < threshold,
              () => guesses,
            );
        } catch (thrown) {
          assert.ok(thrown instanceof NoTimeWindow);
          return;
        }
        const isSame = (at: bigint): boolean =>
          thresholds.every((threshold) => at < threshold === now < threshold);
        const [first, last] = window.ends;
        assert.ok(first <= now && now <= last);
        assert.deepEqual([isSame(first), isSame(last)], [true, true]);
        const longer = [first - 1_000_000n, last + 1_000_000n];
        const limits = [window.fromMs, window.untilMs].map(
          (ms) => Math.abs(ms - Number(now) / 1e6) > DAY_MS - 2,
        );
        assert.deepEqual(
          longer.map((at, i) => isSame(at) && !limits[i]),
          [false, false],
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('a guess spares the search', () => {
  let asked = 0;
  const window = opened(NOW);
  const threshold = NOW + 3_600_000_000_000n;
  const outcome = (ns: bigint): boolean => {
    asked++;
    return ns < threshold;
  };
  window.keep(outcome, () => [window.guessMs((ns) => Number(ns), Number(threshold))]);
  assert.equal(window.untilMs - NOW_MS, 3_600_000);
  assert.ok(asked < 12, `${asked}`);
});
