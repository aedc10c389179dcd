import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { until } from '../../test/support/until.ts';
import { watchFiles } from './watch-files.ts';

/** A watched file `live/file`, as it was when the watcher last told: the recheck comes after far longer than these tests wait. */
async function watched(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-watch-'));
  const live = join(folder, 'live');
  await mkdir(join(live, 'one'), { recursive: true });
  await writeFile(join(live, 'one/file'), '1');
  await symlink('one', join(live, '..data'));
  await symlink('..data/file', join(live, 'file'));
  let content = '';
  let calls = 0;
  let atOnce = 0;
  const stop = watchFiles([join(live, 'file')], async () => {
    assert.equal(++atOnce, 1);
    content = await readFile(join(live, 'file'), 'utf8').catch(() => 'none');
    calls++;
    atOnce--;
  });
  t.after(async () => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  });
  /** Waits until it was told that the file holds this. */
  const told = async (expected: string): Promise<void> => {
    await until(
      () => content,
      (found) => found === expected,
      5_000,
    );
  };
  await told('1');
  return { folder, live, told, stop, calls: () => calls };
}

test('a file that is written, renamed over, or behind a swapped link is told', async (t) => {
  const { live, told } = await watched(t);
  await writeFile(join(live, 'one/file'), '2');
  await told('2');
  await writeFile(join(live, 'new'), '3');
  await rename(join(live, 'new'), join(live, 'one/file'));
  await told('3');
  await mkdir(join(live, 'two'));
  await writeFile(join(live, 'two/file'), '4');
  await symlink('two', join(live, '..new'));
  await rename(join(live, '..new'), join(live, '..data'));
  await told('4');
  await writeFile(join(live, 'two/file'), '5');
  await told('5');
});

test('a folder that is removed and made again is watched again', async (t) => {
  const { folder, live, told } = await watched(t);
  await rename(live, join(folder, 'old'));
  await rm(join(folder, 'old'), { recursive: true });
  await told('none');
  await mkdir(live);
  await writeFile(join(live, 'file'), '2');
  await told('2');
  await writeFile(join(live, 'file'), '3');
  await told('3');
});

test('a folder that another one has taken the place of is watched', async (t) => {
  const { folder, live, told } = await watched(t);
  const next = join(folder, 'next');
  await mkdir(next);
  await writeFile(join(next, 'file'), '2');
  await rename(live, join(folder, 'old'));
  await rename(next, live);
  await told('2');
  await writeFile(join(live, 'file'), '3');
  await told('3');
});

test('who ends it before it has begun is told nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-watch-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  let calls = 0;
  const stop = watchFiles([join(folder, 'file')], async () => void calls++);
  await stop();
  await writeFile(join(folder, 'file'), '1');
  await setTimeout(300);
  assert.equal(calls, 0);
});

test('a neighbour that is written tells nothing, and nothing is told after the end', async (t) => {
  const { live, told, stop, calls } = await watched(t);
  await writeFile(join(live, 'log'), '');
  await writeFile(join(live, 'one/file'), '2');
  await told('2');
  await setTimeout(300);
  const before = calls();
  for (let line = 0; line < 20; line++) {
    await writeFile(join(live, 'log'), `${line}`, { flag: 'a' });
    await setTimeout(20);
  }
  assert.equal(calls(), before);
  await stop();
  await writeFile(join(live, 'one/file'), '3');
  await setTimeout(300);
  assert.equal(calls(), before);
});
