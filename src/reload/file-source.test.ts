import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { PortcullisError } from '../errors.ts';
import { FileSource } from './file-source.ts';

const MAX_BYTES = 1000;
const { signal } = new AbortController();

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'portcullis-source-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Never looked at without a word of the watcher. */
const watchedAlone = (path: string): FileSource => new FileSource(path, MAX_BYTES, 2 ** 31 - 1);

/** Watches, and gives a function that waits until the source shows the text after being told of a change. */
function watching(t: TestContext, source: FileSource): (expected: string) => Promise<void> {
  const stop = new AbortController();
  t.after(() => stop.abort());
  let told = Promise.withResolvers<void>();
  source.watch(() => told.resolve(), stop.signal);
  return async (expected) => {
    for (;;) {
      await told.promise;
      told = Promise.withResolvers<void>();
      const polled = await source.poll(undefined, stop.signal).catch(() => undefined);
      if (polled?.kind === 'archive' && Buffer.from(polled.bytes).toString() === expected) return;
    }
  };
}

test('gives the bytes once, and again when they change', async (t) => {
  const path = join(await folder(t), 'bundle.tar.gz');
  const source = new FileSource(path, MAX_BYTES);
  await writeFile(path, 'one');
  const first = await source.poll(undefined, signal);
  assert.ok(first.kind === 'archive');
  assert.equal(Buffer.from(first.bytes).toString(), 'one');
  assert.deepEqual(await source.poll(first.etag, signal), { kind: 'not-modified' });
  await writeFile(path, 'two');
  assert.equal((await source.poll(first.etag, signal)).kind, 'archive');
});

test('a missing file and a file over the limit are refused', async (t) => {
  const path = join(await folder(t), 'bundle.tar.gz');
  const source = new FileSource(path, MAX_BYTES);
  const code = (expected: string) => (error: unknown) =>
    error instanceof PortcullisError && error.code === expected;
  await assert.rejects(source.poll(undefined, signal), code('io_failed'));
  await writeFile(path, 'x'.repeat(MAX_BYTES));
  assert.equal((await source.poll(undefined, signal)).kind, 'archive');
  await writeFile(path, 'x'.repeat(MAX_BYTES + 1));
  await assert.rejects(source.poll(undefined, signal), code('archive_too_large'));
});

test('what is no regular file is refused, and neither waited for nor read', {
  timeout: 20_000,
}, async (t) => {
  const base = await folder(t);
  const pipe = join(base, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await symlink('/dev/zero', join(base, 'zero'));
  for (const path of [pipe, join(base, 'zero'), base]) {
    await assert.rejects(new FileSource(path, MAX_BYTES).poll(undefined, signal), /is not a regular file/);
  }
});

test('a changed file is read, however soon after the last time', async (t) => {
  const path = join(await folder(t), 'bundle.tar.gz');
  const source = new FileSource(path, MAX_BYTES);
  await writeFile(path, 'one');
  const first = await source.poll(undefined, signal);
  assert.ok(first.kind === 'archive');
  for (const text of ['two', 'six', 'ten']) {
    await writeFile(path, text);
    const changed = await source.poll(first.etag, signal);
    assert.ok(changed.kind === 'archive' && Buffer.from(changed.bytes).toString() === text);
  }
});

test('notices a rename over the file, a rewrite, and a deletion followed by a new file', async (t) => {
  const base = await folder(t);
  const path = join(base, 'bundle.tar.gz');
  await writeFile(path, 'one');
  const shows = watching(t, watchedAlone(path));
  await shows('one');
  await writeFile(join(base, 'next'), 'two');
  await rename(join(base, 'next'), path);
  await shows('two');
  await writeFile(path, 'three');
  await shows('three');
  await rm(path);
  await writeFile(path, 'four');
  await shows('four');
});

test('notices a link swap as Kubernetes changes a ConfigMap', async (t) => {
  const base = await folder(t);
  for (const version of ['1', '2', '3']) {
    await mkdir(join(base, `..${version}`));
    await writeFile(join(base, `..${version}`, 'bundle.tar.gz'), `version ${version}`);
  }
  await symlink('..1', join(base, '..data'));
  await symlink(join('..data', 'bundle.tar.gz'), join(base, 'bundle.tar.gz'));
  const shows = watching(t, watchedAlone(join(base, 'bundle.tar.gz')));
  await shows('version 1');
  for (const version of ['2', '3']) {
    await symlink(`..${version}`, join(base, '..data_tmp'));
    await rename(join(base, '..data_tmp'), join(base, '..data'));
    await shows(`version ${version}`);
  }
});

test('notices a link swap of a folder on the way', async (t) => {
  const base = await folder(t);
  for (const version of ['1', '2']) {
    await mkdir(join(base, `release-${version}`));
    await writeFile(join(base, `release-${version}`, 'bundle.tar.gz'), `version ${version}`);
  }
  await symlink('release-1', join(base, 'current'));
  const shows = watching(t, watchedAlone(join(base, 'current', 'bundle.tar.gz')));
  await shows('version 1');
  await symlink('release-2', join(base, 'next'));
  await rename(join(base, 'next'), join(base, 'current'));
  await shows('version 2');
});

test('notices a folder that appears later, level by level', async (t) => {
  const base = await folder(t);
  const path = join(base, 'a', 'b', 'bundle.tar.gz');
  const shows = watching(t, watchedAlone(path));
  await mkdir(join(base, 'a'));
  await setTimeout(300);
  await mkdir(join(base, 'a', 'b'));
  await writeFile(path, 'late');
  await shows('late');
  await rm(join(base, 'a'), { recursive: true });
  await mkdir(join(base, 'a', 'b'), { recursive: true });
  await writeFile(path, 'again');
  await shows('again');
});

test('neighbours that come and go all the time do not hide a change', async (t) => {
  const base = await folder(t);
  const path = join(base, 'bundle.tar.gz');
  await writeFile(path, 'one');
  const shows = watching(t, watchedAlone(path));
  const over = new AbortController();
  const neighbours = (async () => {
    for (let i = 0; !over.signal.aborted; i++) {
      await writeFile(join(base, 'next.log'), String(i));
      await rename(join(base, 'next.log'), join(base, 'last.log'));
      await setTimeout(5);
    }
  })();
  try {
    await shows('one');
    await writeFile(path, 'two');
    await shows('two');
  } finally {
    over.abort();
    await neighbours;
  }
});

test('a neighbour that is written is nobody’s business', async (t) => {
  const base = await folder(t);
  const path = join(base, 'bundle.tar.gz');
  await writeFile(path, 'one');
  await writeFile(join(base, 'decisions.log'), '');
  const stop = new AbortController();
  t.after(() => stop.abort());
  const told: number[] = [];
  watchedAlone(path).watch(() => told.push(Date.now()), stop.signal);
  // What it is told of in the beginning, by itself and by what was just written.
  let before = 0;
  do {
    before = told.length;
    await setTimeout(700);
  } while (told.length !== before);
  for (let i = 0; i < 20; i++) {
    await appendFile(join(base, 'decisions.log'), 'line\n');
    await setTimeout(5);
  }
  await setTimeout(700);
  assert.equal(told.length, before);
  await writeFile(path, 'two');
  while (told.length === before) await setTimeout(10);
});
