import assert from 'node:assert/strict';
import { chmod, lchown, lstat, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { prepareKept } from './compiled-scripts.ts';
import { compiledName } from './start-flags.ts';

/** A folder that is not there yet, two levels below one for temporary files. */
async function stateDir(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-compiled-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'volume', 'state');
}

const writableByOthers = (path: string, mode: number): string =>
  `${path} can be written by others (mode ${mode.toString(8).padStart(4, '0')})`;

const NAMED = join('compiled', compiledName());
const FOLDERS = ['.', 'compiled', NAMED];

test('the folders are made for this user alone, and found again', async (t) => {
  const state = await stateDir(t);
  for (let start = 0; start < 2; start++) assert.equal(prepareKept(state), undefined);
  for (const folder of FOLDERS) assert.equal((await lstat(join(state, folder))).mode & 0o777, 0o700, folder);
});

for (const folder of ['../..', '..', ...FOLDERS]) {
  for (const [mode, believed] of [
    [0o755, true],
    [0o775, false],
    [0o2775, false],
    [0o757, false],
    // Others may not rename there what is ours; but they may put files of their own beside ours.
    [0o1777, folder !== NAMED],
  ] as const) {
    test(`${folder} with mode ${mode.toString(8)} is ${believed ? '' : 'not '}believed`, async (t) => {
      const state = await stateDir(t);
      prepareKept(state);
      await chmod(join(state, folder), mode);
      assert.equal(prepareKept(state), believed ? undefined : writableByOthers(join(state, folder), mode));
    });
  }
}

test('what belongs to neither root nor this user is not believed', async (t) => {
  const state = await stateDir(t);
  prepareKept(state);
  const { uid } = await lstat(state);
  const mistake = prepareKept(state, uid + 1);
  if (uid !== 0) return assert.match(String(mistake), new RegExp(` belongs to another user \\(${uid}\\)$`));
  // Nothing can be kept from root.
  assert.equal(mistake, undefined);
  await symlink('state', join(state, '../link'));
  for (const folder of [join(state, '..'), state, join(state, '../link'), join(state, NAMED)]) {
    await lchown(folder, 1, 1);
    assert.equal(prepareKept(join(state, '../link')), `${folder} belongs to another user (1)`);
    await lchown(folder, 0, 0);
  }
});

test('nothing is made where it would not be believed', async (t) => {
  const state = await stateDir(t);
  const volume = join(state, '..');
  await mkdir(volume, { recursive: true });
  await chmod(volume, 0o777);
  assert.equal(prepareKept(state), writableByOthers(volume, 0o777));
  assert.deepEqual(await readdir(volume), []);
});

test('of a link, the folders above both ends are looked at', async (t) => {
  const state = await stateDir(t);
  prepareKept(state);
  // state -> ../links/second -> ../far/state
  const base = join(state, '../..');
  for (const name of ['links', 'far']) await mkdir(join(base, name));
  await rename(state, join(base, 'far/state'));
  await symlink('../far/state', join(base, 'links/second'));
  await symlink(join(base, 'links/second'), state);
  assert.equal(prepareKept(state), undefined);
  for (const name of ['volume', 'links', 'far']) {
    await chmod(join(base, name), 0o775);
    assert.equal(prepareKept(state), writableByOthers(join(base, name), 0o775));
    await chmod(join(base, name), 0o755);
  }
});

test('a link in the state directory leads nowhere where others may write, and nothing is made there', async (t) => {
  const state = await stateDir(t);
  const elsewhere = join(state, 'elsewhere');
  await mkdir(elsewhere, { recursive: true });
  await chmod(elsewhere, 0o777);
  await symlink('elsewhere', join(state, 'compiled'));
  assert.equal(prepareKept(state), writableByOthers(elsewhere, 0o777));
  assert.deepEqual(await readdir(elsewhere), []);
});

test('links in a circle end', async (t) => {
  const state = await stateDir(t);
  await mkdir(join(state, '..'), { recursive: true });
  await symlink('state', state);
  assert.equal(prepareKept(state), `${state} is one link of too many`);
});
