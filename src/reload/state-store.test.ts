import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PortcullisError } from '../errors.ts';
import { StateStore } from './state-store.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-state-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

const state = (text: string, sequence: number | undefined) => ({
  archive: new Uint8Array(Buffer.from(text)),
  sequence,
  activatedAtMs: 12.5,
});

test('gives back what was saved last, for each bundle of each policy set', async (t) => {
  const store = new StateStore(join(await folder(t), 'not', 'there', 'yet'));
  assert.equal(await store.load('shop', 'policy'), undefined);
  await store.save('shop', 'policy', state('one', 1));
  await store.save('shop', 'policy', state('two', 2));
  await store.save('shop', 'data', state('data', undefined));
  await store.save('bank', 'policy', state('bank', 0));
  const text = async (set: string, bundle: string) => {
    const loaded = await store.load(set, bundle);
    return loaded && [Buffer.from(loaded.archive).toString(), loaded.sequence, loaded.activatedAtMs];
  };
  assert.deepEqual(await text('shop', 'policy'), ['two', 2, 12.5]);
  assert.deepEqual(await text('shop', 'data'), ['data', undefined, 12.5]);
  assert.deepEqual(await text('bank', 'policy'), ['bank', 0, 12.5]);
});

test('names cannot leave the directory', async (t) => {
  const base = await folder(t);
  const store = new StateStore(join(base, 'state'));
  await store.save('../../up', '..', state('x', 1));
  assert.deepEqual(await readdir(base), ['state']);
  assert.ok(await store.load('../../up', '..'));
});

test('a crash between archive and record leaves an archive that its record does not refuse', async (t) => {
  const base = await folder(t);
  const store = new StateStore(base);
  await store.save('shop', 'policy', state('one', 1));
  await writeFile(join(base, 'set-shop', 'bundle-policy', 'bundle.tar.gz'), 'two');
  await writeFile(join(base, 'set-shop', 'bundle-policy', 'state.json.tmp-1'), '{"seq');
  const loaded = await store.load('shop', 'policy');
  assert.equal(Buffer.from(loaded!.archive).toString(), 'two');
  assert.equal(loaded!.sequence, 1);
});

test('a record that cannot be read is an error', async (t) => {
  const base = await folder(t);
  const store = new StateStore(base);
  await store.save('shop', 'policy', state('one', 7));
  for (const broken of ['', '{', '{"sequence":-1,"activatedAtMs":0}', '{"sequence":"7","activatedAtMs":0}']) {
    await writeFile(join(base, 'set-shop', 'bundle-policy', 'state.json'), broken);
    await assert.rejects(
      store.load('shop', 'policy'),
      (error) => error instanceof PortcullisError && error.code === 'io_failed',
    );
  }
});
