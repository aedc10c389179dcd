import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_ARCHIVE_LIMITS } from '../bundle/archive.ts';
import { systemClock } from '../clock.ts';
import { InlinePreparer } from './inline-preparer.ts';

test('archives that are large are opened as compiled work, and their refusal gets through', async () => {
  let calls = 0;
  const preparer = new InlinePreparer({
    knownBuiltins: new Set(),
    clock: systemClock,
    compiled: (work) => {
      calls++;
      return work();
    },
  });
  const rules = {
    name: 'policy',
    limits: DEFAULT_ARCHIVE_LIMITS,
    verification: 'unsigned-allowed',
    requireVectors: false,
  } as const;
  for (const [bytes, expected] of [
    [1000, 0],
    [1_000_000, 1],
  ] as const) {
    await assert.rejects(preparer.open({ archive: new Uint8Array(bytes), rules }, undefined), {
      code: 'archive_not_gzip',
    });
    assert.equal(calls, expected);
  }
});
