import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisionId } from './decision-id.ts';

const VERSION_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids are UUIDs of version 4, and all differ', () => {
  const ids = Array.from({ length: 2000 }, () => decisionId());
  for (const id of ids) assert.match(id, VERSION_4);
  assert.equal(new Set(ids).size, ids.length);
});

test('every random digit of an id is random', () => {
  const seen = Array.from({ length: 36 }, () => new Set<string>());
  for (let i = 0; i < 2000; i++) {
    const id = decisionId();
    for (const [at, digits] of seen.entries()) digits.add(id.charAt(at));
  }
  const sizes = seen.map(({ size }) => size);
  const fixed = new Map([...[8, 13, 14, 18, 23].map((at) => [at, 1] as const), [19, 4]]);
  assert.deepEqual(
    sizes,
    sizes.map((_, at) => fixed.get(at) ?? 16),
  );
});
