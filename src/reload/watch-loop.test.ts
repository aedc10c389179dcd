import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pauseMs } from './watch-loop.ts';

const options = { intervalMs: 30_000, minRetryMs: 100, maxRetryMs: 20_000 };

test('the pause after failures doubles up to its bound, and keeps at least half of it', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 5000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (failures, random) => {
        const pause = pauseMs(failures, { ...options, random: () => random });
        const longest = failures === 0 ? 30_000 : Math.min(20_000, 100 * 2 ** (failures - 1));
        // Just below 1, the random number rounds up.
        assert.ok(pause >= longest / 2 && pause <= longest, `${failures}: ${pause}`);
      },
    ),
  );
});
