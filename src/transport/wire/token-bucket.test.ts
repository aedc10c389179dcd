import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from './token-bucket.ts';

function takeAll(bucket: TokenBucket, nowMs: number): number {
  let count = 0;
  while (count < 1000 && bucket.take(nowMs)) count++;
  return count;
}

test('token bucket: a burst, then so many a second, never more than the burst', () => {
  const bucket = new TokenBucket(10, 2, 0);
  assert.equal(takeAll(bucket, 0), 10);
  assert.equal(takeAll(bucket, 499), 0);
  assert.equal(takeAll(bucket, 500), 1);
  assert.equal(takeAll(bucket, 2000), 3);
  assert.equal(takeAll(bucket, 3_600_000), 10);
});

test('token bucket: a full one does not save up for later', () => {
  const bucket = new TokenBucket(10, 2, 0);
  assert.equal(takeAll(bucket, 3_600_000), 10);
  assert.equal(takeAll(bucket, 3_600_000), 0);
});

test('token bucket: what is given counts up to the burst', () => {
  const bucket = new TokenBucket(10, 0, 0);
  assert.equal(takeAll(bucket, 0), 10);
  bucket.give(3);
  assert.equal(takeAll(bucket, 0), 3);
  bucket.give(1000);
  assert.equal(takeAll(bucket, 0), 10);
});
