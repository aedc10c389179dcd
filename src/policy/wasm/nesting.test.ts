import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { nestsDeeperThan } from './nesting.ts';

const nested = (depth: number): Buffer =>
  Buffer.from('[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2));

test('depth counts arrays and objects', () => {
  assert.equal(nestsDeeperThan(nested(10), 10), false);
  assert.equal(nestsDeeperThan(nested(12), 10), true);
  assert.equal(nestsDeeperThan(nested(12), 12), false);
});

test('brackets in strings and neighbours do not count', () => {
  assert.equal(nestsDeeperThan(Buffer.from('["[[[[[[[[[[\\"[[[[[[[[[["]'), 2), false);
  assert.equal(nestsDeeperThan(Buffer.from('[[],[],[],[],[],[],[],[]]'), 2), false);
  assert.equal(nestsDeeperThan(Buffer.from('["\\\\",[[1]],"not closed'), 2), true);
});

test('agrees with a walk over the value', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 0, max: 7 }), (json, maxDepth) => {
      assert.equal(nestsDeeperThan(Buffer.from(json), maxDepth), depthOf(JSON.parse(json)) > maxDepth);
    }),
  );
});
