import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortcullisError } from '../errors.ts';

/**
 * Runs `work` while holding a lock file, so that one of several processes does it and the others wait. A lock left
 * behind by a process that is gone, or one that names none and is a minute old, is taken over.
 * Throws PortcullisError `io_failed` when the lock is not free within `timeoutMs`.
 */
export async function withFileLock<T>(
  path: string,
  timeoutMs: number,
  work: () => Promise<T>,
  pollMs: number = 200,
): Promise<T> {
  const holder = `${process.pid} ${randomUUID()}`;
  const giveUpAtMs = performance.now() + timeoutMs;
  while (!(await take(path, holder))) {
    const abandoned = await readAbandoned(path);
    if (abandoned !== undefined) await remove(path, abandoned);
    else if (performance.now() > giveUpAtMs) {
      throw new PortcullisError(
        'io_failed',
        `${path} is still held by another process; remove it if none runs`,
      );
    } else await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    await remove(path, holder);
  }
}

/** The lock appears with its holder's name in it: a name written afterwards could be missed. */
async function take(path: string, holder: string): Promise<boolean> {
  const written = `${path}.${randomUUID()}`;
  await writeFile(written, holder);
  try {
    await link(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(written, { force: true });
  }
}

/**
 * Removes the lock if it is the one that was read. Looked at only after it was moved aside, since between looking and
 * removing somebody else may have taken it; then it is put back.
 */
async function remove(path: string, holder: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== holder) await link(aside, path);
  } catch (error) {
    // Removed by another, or taken once more before it was put back.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** What stands in a lock that nobody holds; undefined when somebody does, or when it is gone. */
async function readAbandoned(path: string): Promise<string | undefined> {
  try {
    const holder = await readFile(path, 'utf8');
    const pid = Number.parseInt(holder, 10);
    if (pid > 0) return alive(pid) ? undefined : holder;
    return Date.now() - (await stat(path)).mtimeMs > 60_000 ? holder : undefined;
  } catch {
    return undefined;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
