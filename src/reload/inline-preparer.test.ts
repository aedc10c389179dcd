import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_ARCHIVE_LIMITS } from '../bundle/archive.ts';
import { writeArchive } from '../bundle/write-archive.ts';
import { systemClock } from '../clock.ts';
import { InlinePreparer } from './inline-preparer.ts';

const RULES = {
  name: 'policy',
  limits: DEFAULT_ARCHIVE_LIMITS,
  verification: 'unsigned-allowed',
  requireVectors: false,
} as const;

function counting(): { preparer: InlinePreparer; calls: () => number } {
  let calls = 0;
  const preparer = new InlinePreparer({
    knownBuiltins: new Set(),
    clock: systemClock,
    compiled: (work) => {
      calls++;
      return work();
    },
  });
  return { preparer, calls: () => calls };
}

const archiveOf = (data: Uint8Array): Promise<Uint8Array> =>
  writeArchive([
    { path: '.manifest', bytes: Buffer.from('{"roots":["a"]}') },
    { path: 'data.json', bytes: data },
  ]);

test('archives that inflate to much are opened as compiled work, however small they are', async () => {
  for (const [data, expected] of [
    ['', 0],
    ['x'.repeat(400_000), 0],
    ['x'.repeat(2_000_000), 1],
  ] as const) {
    const { preparer, calls } = counting();
    const archive = await archiveOf(Buffer.from(`{"a":"${data}"}`));
    assert.ok(archive.length < 16_384);
    await preparer.open({ archive, rules: RULES }, undefined);
    assert.equal(calls(), expected);
    // There is no module: what the preparation refuses.
    await assert.rejects(
      preparer.prepare(
        { name: 'set', entrypoints: undefined, defaultEntrypoint: undefined, planned: [] },
        [{ archive, rules: RULES }],
        0,
      ),
      { code: 'bundle_module_missing' },
    );
    assert.equal(calls(), expected * 2);
  }
});

test('the refusal of what is no archive gets through', async () => {
  for (const [bytes, expected, code] of [
    [0, 0, 'archive_truncated'],
    [1000, 0, 'archive_not_gzip'],
    [2_000_000, 1, 'archive_not_gzip'],
  ] as const) {
    const { preparer, calls } = counting();
    await assert.rejects(preparer.open({ archive: new Uint8Array(bytes), rules: RULES }, undefined), {
      code,
    });
    assert.equal(calls(), expected);
  }
});
