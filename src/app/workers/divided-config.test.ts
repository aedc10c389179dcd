import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../config/parse.ts';
import { dividedConfig } from './divided-config.ts';

const WRITTEN = {
  policySets: { shop: { bundles: { policy: { source: 'file:shop.tar.gz', unsigned: 'allow' } } } },
  cache: { maxBytes: '10MiB', maxEntries: 10 },
  evaluation: { maxThreads: 1, maxQueued: 9 },
};

test('what all callers use together is divided, and never below what one of them needs', () => {
  const parsed = parseConfig(WRITTEN, () => '/');
  assert.ok('config' in parsed && parsed.config !== undefined);
  const { config } = parsed;
  const { cache, evaluation, grpc, http, limits } = dividedConfig(config, 4);
  assert.deepEqual([cache.maxBytes, cache.maxEntries], [(10 * 1024 * 1024) / 4, 3]);
  assert.deepEqual([evaluation.maxThreads, evaluation.maxQueued], [1, 3]);
  assert.equal(grpc.limits.maxConnections, config.grpc.limits.maxConnections / 4);
  assert.equal(grpc.limits.maxPendingBytes, grpc.limits.maxPendingBytesPerConnection);
  assert.ok(http && http.limits.maxPendingBytes >= 4 * http.limits.maxBodyBytes);
  assert.equal(limits, config.limits);
});
