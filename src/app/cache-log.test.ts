import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecisionCache } from '../decision/cache.ts';
import { loggedCache } from './cache-log.ts';

test('what operators change is logged with what they meant, and what is refused is not', async () => {
  const lines: unknown[] = [];
  const log =
    (level: string) =>
    (fields: unknown, message: unknown): void =>
      void lines.push([level, fields, message]);
  const real = new DecisionCache({ enabled: true, maxBytes: 100_000, maxEntries: 10, maxAgeMs: 1000 });
  real.entrypoint('shop', 'a/allow');
  const cache = loggedCache(real, { info: log('info'), warn: log('warn') });
  assert.equal(await cache.flush(), 0);
  assert.equal((await cache.turn({ policySet: 'shop' }, false))[0]!.offReason, 'operator');
  await cache.turn({ policySet: 'shop', entrypoint: 'a/allow' }, true);
  await assert.rejects(async () => cache.turn({ policySet: 'nobody' }, false), { code: 'not_found' });
  assert.equal((await cache.figures()).rows.length, 1);
  assert.deepEqual(lines, [
    ['info', { entries: 0 }, 'cached answers forgotten'],
    ['warn', { policy_set: 'shop' }, 'the cache was turned off'],
    ['info', { policy_set: 'shop', entrypoint: 'a/allow' }, 'the cache was turned on'],
  ]);
});
