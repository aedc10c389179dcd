import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withFileLock } from './file-lock.ts';

const GONE = '4194304999';
let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-lock-'));
});
after(() => rm(dir, { recursive: true, force: true }));

test('one at a time, also when all find the lock of a process that is gone', async () => {
  for (let round = 0; round < 10; round++) {
    const path = join(dir, `stale-${round}`);
    await writeFile(path, GONE);
    let holders = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++holders);
      await sleep(5);
      holders--;
    };
    await Promise.all(Array.from({ length: 4 }, () => withFileLock(path, 60_000, work, 5)));
    assert.equal(most, 1);
  }
  assert.deepEqual(await readdir(dir), []);
});

test('a lock that another holds by now is left to it', async () => {
  const path = join(dir, 'taken');
  await withFileLock(path, 1000, () => writeFile(path, GONE));
  assert.equal(await readFile(path, 'utf8'), GONE);
  await rm(path);
});

test('a lock without a holder is waited for a minute, one with a holder until the time is up', async () => {
  const path = join(dir, 'half');
  await writeFile(path, '');
  await assert.rejects(
    withFileLock(path, 20, async () => 'done', 5),
    { code: 'io_failed', message: /still held/ },
  );
  await utimes(path, 0, 0);
  assert.equal(await withFileLock(path, 1000, async () => 'done', 5), 'done');
  await writeFile(path, String(process.pid));
  await assert.rejects(
    withFileLock(path, 20, async () => 'done', 5),
    { code: 'io_failed' },
  );
});
