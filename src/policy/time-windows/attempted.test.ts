import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempted, questionHash } from './attempted.ts';

const hashOf = (text: string): number => questionHash('a/b', Buffer.from(text));

test('a question is promising when it comes again, until attempts failed twice', () => {
  const attempted = new Attempted();
  const hash = hashOf('{"a":1}');
  assert.deepEqual([attempted.isPromising(hash), attempted.isPromising(hash)], [false, true]);
  attempted.failed(hash);
  assert.equal(attempted.isPromising(hash), true);
  attempted.failed(hash);
  attempted.failed(hash);
  assert.equal(attempted.isPromising(hash), false);
  assert.equal(attempted.isPromising(hashOf('{"a":2}')), false, 'another question');
});

test('questions that share their place push each other out', () => {
  const attempted = new Attempted();
  for (const hash of [7, 7 + 8192]) assert.equal(attempted.isPromising(hash), false);
  attempted.failed(7);
  assert.deepEqual([attempted.isPromising(7 + 8192), attempted.isPromising(7)], [true, false]);
});

test('questions are told apart by entrypoint and input', () => {
  const hashes = new Set<number>([questionHash('a/b', undefined), questionHash('a/c', undefined)]);
  for (let i = 0; i < 10_000; i++) hashes.add(hashOf(`{"path":"/payments/${i}"}`));
  assert.ok(hashes.size > 10_000, `${hashes.size}`);
  assert.equal(hashOf('{}'), hashOf('{}'));
});
