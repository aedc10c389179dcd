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

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const record = (sequence: number | undefined) => ({
  sequence,
  etag: `etag ${sequence}`,
  activatedAtMs: 12.5,
  confirmedAtMs: 13,
});

test('gives back what was saved last, for each bundle of each policy set', async (t) => {
  const store = new StateStore(join(await folder(t), 'not', 'there', 'yet'));
  assert.equal(await store.load('shop', 'policy'), undefined);
  await store.save('shop', 'policy', record(1), bytes('one'));
  await store.save('shop', 'policy', record(2), bytes('two'));
  await store.save('shop', 'data', record(undefined), bytes('data'));
  await store.save('bank', 'policy', record(0), bytes('bank'));
  const text = async (set: string, bundle: string) => {
    const loaded = await store.load(set, bundle);
    return loaded && [Buffer.from(loaded.archive!).toString(), loaded.record];
  };
  assert.deepEqual(await text('shop', 'policy'), ['two', record(2)]);
  assert.deepEqual(await text('shop', 'data'), [
    'data',
    { etag: 'etag undefined', activatedAtMs: 12.5, confirmedAtMs: 13 },
  ]);
  assert.deepEqual(await text('bank', 'policy'), ['bank', record(0)]);
});

test('names cannot leave the directory', async (t) => {
  const base = await folder(t);
  const store = new StateStore(join(base, 'state'));
  await store.save('../../up', '..', record(1), bytes('x'));
  assert.deepEqual(await readdir(base), ['state']);
  assert.ok(await store.load('../../up', '..'));
});

test('a crash between archive and record leaves an archive that its record does not refuse', async (t) => {
  const base = await folder(t);
  const store = new StateStore(base);
  await store.save('shop', 'policy', record(1), bytes('one'));
  await writeFile(join(base, 'set-shop', 'bundle-policy', 'bundle.tar.gz'), 'two');
  await writeFile(join(base, 'set-shop', 'bundle-policy', 'state.json.tmp-1'), '{"seq');
  const loaded = await store.load('shop', 'policy');
  assert.equal(Buffer.from(loaded!.archive!).toString(), 'two');
  assert.equal(loaded!.record.sequence, 1);
});

test('an archive that is gone leaves the record, and a first archive without a record is there', async (t) => {
  const base = await folder(t);
  const store = new StateStore(base);
  await store.save('shop', 'policy', record(9), bytes('nine'));
  await rm(join(base, 'set-shop', 'bundle-policy', 'bundle.tar.gz'));
  assert.deepEqual(await store.load('shop', 'policy'), { archive: undefined, record: record(9) });
  await rm(join(base, 'set-shop', 'bundle-policy', 'state.json'));
  assert.equal(await store.load('shop', 'policy'), undefined);
  await writeFile(join(base, 'set-shop', 'bundle-policy', 'bundle.tar.gz'), 'first');
  assert.equal((await store.load('shop', 'policy'))!.record.sequence, undefined);
});

test('the record alone can be saved, and nothing temporary stays', async (t) => {
  const base = await folder(t);
  const store = new StateStore(base);
  await store.save('shop', 'policy', record(1), bytes('one'));
  await store.save('shop', 'policy', { ...record(1), confirmedAtMs: 99 });
  const loaded = await store.load('shop', 'policy');
  assert.equal(Buffer.from(loaded!.archive!).toString(), 'one');
  assert.equal(loaded!.record.confirmedAtMs, 99);
  assert.deepEqual((await readdir(join(base, 'set-shop', 'bundle-policy'))).sort(), [
    'bundle.tar.gz',
    'state.json',
  ]);
});

test('a record that cannot be read is an error', async (t) => {
  const base = await folder(t);
  const store = new StateStore(base);
  await store.save('shop', 'policy', record(7), bytes('one'));
  for (const broken of ['', '{', '{"sequence":-1,"activatedAtMs":0}', '{"sequence":"7","activatedAtMs":0}']) {
    await writeFile(join(base, 'set-shop', 'bundle-policy', 'state.json'), broken);
    await assert.rejects(
      store.load('shop', 'policy'),
      (error) => error instanceof PortcullisError && error.code === 'io_failed',
    );
  }
});
