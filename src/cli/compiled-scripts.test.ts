import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { prepareKept } from './compiled-scripts.ts';
import { compiledName } from './start-flags.ts';

async function stateDir(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-compiled-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'state');
}

const FOLDERS = ['.', 'compiled', join('compiled', compiledName())];

test('the folders are made for this user alone, and found again', async (t) => {
  const state = await stateDir(t);
  for (let start = 0; start < 2; start++) assert.equal(prepareKept(state), undefined);
  for (const folder of FOLDERS) assert.equal((await lstat(join(state, folder))).mode & 0o777, 0o700, folder);
});

for (const folder of FOLDERS) {
  for (const [mode, believed] of [
    [0o755, true],
    [0o775, false],
    [0o757, false],
    [0o1777, false],
  ] as const) {
    test(`${folder} with mode ${mode.toString(8)} is ${believed ? '' : 'not '}believed`, async (t) => {
      const state = await stateDir(t);
      prepareKept(state);
      await chmod(join(state, folder), mode);
      const mistake = prepareKept(state);
      if (believed) assert.equal(mistake, undefined);
      else
        assert.equal(
          mistake,
          `${join(state, folder)} can be written by others (mode ${mode.toString(8).padStart(4, '0')})`,
        );
    });
  }
}

test('what belongs to another user is not believed', async (t) => {
  const state = await stateDir(t);
  prepareKept(state);
  const { uid } = await lstat(state);
  assert.equal(prepareKept(state, uid + 1), `${state} belongs to another user (${uid})`);
});

test('the state directory may be a link; what is in it may not', async (t) => {
  const state = await stateDir(t);
  prepareKept(state);
  await rename(state, `${state}.there`);
  await symlink(`${state}.there`, state);
  assert.equal(prepareKept(state), undefined);
  const kept = join(state, 'compiled');
  await mkdir(`${state}.else`, { mode: 0o700 });
  await rename(kept, join(state, 'elsewhere'));
  await symlink(join(state, 'elsewhere'), kept);
  assert.equal(prepareKept(state), `${kept} is a link`);
});
