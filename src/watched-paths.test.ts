import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { until } from '../test/support/until.ts';
import { WatchedPaths } from './watched-paths.ts';

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'portcullis-paths-')));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes files and links (`-> target`, where `$` is the folder), by path, and the folders for them. A link takes the place of what is there. */
async function make(folder: string, entries: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(entries)) {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    if (!content.startsWith('-> ')) {
      await writeFile(path, content);
      continue;
    }
    await symlink(content.slice(3).replace('$', folder), `${path}.new`);
    await rename(`${path}.new`, path);
  }
}

/** Gives what waits until the file was read with a content after a word of the watcher, which is all that has it read again. */
async function following(t: TestContext, path: string): Promise<(content: string) => Promise<void>> {
  let found = '';
  const look = async (): Promise<void> => {
    while (await watched.look());
    found = await readFile(path, 'utf8').catch(() => 'none');
  };
  let turn = Promise.resolve();
  const watched = new WatchedPaths([path], () => {
    turn = turn.then(look);
  });
  t.after(async () => {
    watched.close();
    await turn;
  });
  await look();
  found = '';
  return async (content) => {
    await until(
      () => found,
      (now) => now === content,
      5_000,
    );
    found = '';
  };
}

/** The file is `file`. First what is there, then each change and what the file holds by it. */
const CHANGES: readonly (readonly [
  string,
  Readonly<Record<string, string>>,
  ...(readonly [Readonly<Record<string, string>>, string])[],
])[] = [
  ['a file is written', { file: '1' }, [{ file: '2' }, '2'], [{ file: '3' }, '3']],
  [
    'a link leads to a file of another name, and to another one',
    { file: '-> far/one', 'far/one': '1', 'far/two': '2' },
    [{ 'far/one': '3' }, '3'],
    [{ file: '-> far/two' }, '2'],
    [{ 'far/two': '4' }, '4'],
  ],
  [
    'a link to nothing, in another folder',
    { file: '-> $/far/one', 'far/other': '' },
    [{ 'far/one': '1' }, '1'],
    [{ 'far/one': '2' }, '2'],
  ],
  [
    'a link to nothing, in folders that come later',
    { file: '-> far/deep/one' },
    [{ 'far/other': '' }, 'none'],
    [{ 'far/deep/one': '1' }, '1'],
  ],
  [
    'a folder on the way of a link is a link, and swapped',
    {
      file: '-> releases/current/one',
      'releases/1/one': '1',
      'releases/2/one': '2',
      'releases/current': '-> 1',
    },
    [{ 'releases/current': '-> 2' }, '2'],
    [{ 'releases/2/one': '3' }, '3'],
  ],
  [
    'a link between links in yet another folder is swapped',
    { file: '-> a/one', a: '-> links/b', 'links/b': '-> ../1', '1/one': '1', '2/one': '2' },
    [{ 'links/b': '-> ../2' }, '2'],
    [{ '2/one': '3' }, '3'],
  ],
  [
    'links in a circle become a file',
    { file: '-> other', other: '-> file' },
    [{ other: '-> one', one: '1' }, '1'],
  ],
];

for (const [name, before, ...changes] of CHANGES) {
  test(`told: ${name}`, async (t) => {
    const folder = await emptyFolder(t);
    await make(folder, before);
    const told = await following(t, join(folder, 'file'));
    for (const [entries, content] of changes) {
      await make(folder, entries);
      await told(content);
    }
  });
}

test('told: a folder above that is a link is swapped', async (t) => {
  const folder = await emptyFolder(t);
  await make(folder, { current: '-> 1', '1/deep/file': '1', '2/deep/file': '2' });
  const told = await following(t, join(folder, 'current/deep/file'));
  await make(folder, { current: '-> 2' });
  await told('2');
  await make(folder, { '2/deep/file': '3' });
  await told('3');
});

test('a folder that was removed and made again between two looks is watched anew, also with the same inode', async (t) => {
  const folder = await emptyFolder(t);
  const path = join(folder, 'live/file');
  await make(folder, { 'live/file': '1' });
  let events = 0;
  const watched = new WatchedPaths([path], () => void events++);
  t.after(() => watched.close());
  assert.equal(await watched.look(), true);
  assert.equal(await watched.look(), false);
  await rm(join(folder, 'live'), { recursive: true });
  await make(folder, { 'live/file': '2' });
  assert.equal(await watched.look(), true);
  // What it tells of the old folder.
  await setTimeout(100);
  events = 0;
  await make(folder, { 'live/file': '3' });
  await until(
    () => events,
    (now) => now > 0,
    5_000,
  );
});

test('what is closed during a look watches nothing', async (t) => {
  const folder = await emptyFolder(t);
  let events = 0;
  const watched = new WatchedPaths([join(folder, 'file')], () => void events++);
  const looking = watched.look();
  watched.close();
  assert.equal(await looking, false);
  await make(folder, { file: '1' });
  await setTimeout(200);
  assert.equal(events, 0);
});

test('watching keeps no process alive', async (t) => {
  const folder = await emptyFolder(t);
  const alive = (): number =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'FSEventWrap').length;
  const watched = new WatchedPaths([join(folder, 'file')], () => {});
  t.after(() => watched.close());
  assert.equal(await watched.look(), true);
  assert.equal(alive(), 0);
});
