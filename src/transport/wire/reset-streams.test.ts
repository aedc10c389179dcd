import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResetStreams } from './reset-streams.ts';

test('reset streams: the last few are remembered', () => {
  const streams = new ResetStreams(3);
  assert.equal(streams.has(1), false);
  for (const id of [1, 3, 5, 7]) streams.add(id);
  assert.deepEqual(
    [1, 3, 5, 7, 9, 0].map((id) => streams.has(id)),
    [false, true, true, true, false, false],
  );
});
