import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecisionCache } from '../../decision/cache.ts';
import { summedFigures } from './summed-cache.ts';

test('figures of caches are summed up by entrypoint, and what is off in one is off', () => {
  const caches = [1, 2].map(() => {
    const cache = new DecisionCache({ enabled: true, maxBytes: 1000, maxEntries: 10, maxAgeMs: 1000 });
    const entrypoint = cache.entrypoint('shop', 'a/allow');
    entrypoint.hits = 3;
    entrypoint.shadow.checked = 2;
    entrypoint.countUncacheable('random');
    return cache;
  });
  caches[0]!.entrypoint('shop', 'b/allow').misses = 5;
  caches[1]!.turn({ policySet: 'shop', entrypoint: 'a/allow' }, false);
  const { rows, ...all } = summedFigures(caches.map((cache) => cache.figures()));
  assert.deepEqual(all, {
    enabled: true,
    entries: 0,
    bytes: 0,
    maxEntries: 20,
    maxBytes: 2000,
    hits: 6,
    misses: 5,
    evictions: 0,
    uncacheable: { random: 2 },
  });
  assert.deepEqual(
    rows.map(({ entrypoint, hits, misses, offReason, shadow }) => ({
      entrypoint,
      hits,
      misses,
      offReason,
      checked: shadow.checked,
    })),
    [
      { entrypoint: 'a/allow', hits: 6, misses: 0, offReason: 'operator', checked: 4 },
      { entrypoint: 'b/allow', hits: 0, misses: 5, offReason: undefined, checked: 0 },
    ],
  );
});
