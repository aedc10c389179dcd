import { open, readFile, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortcullisError } from '../errors.ts';

/**
 * Runs `work` while holding a lock file, so that one of several processes does it and the others wait. A lock left
 * behind by a process that is gone, or not written to its end within a minute, is taken over.
 */
export async function withFileLock<T>(path: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const giveUpAtMs = performance.now() + timeoutMs;
  while (!(await take(path))) {
    if (await abandoned(path)) await rm(path, { force: true });
    else if (performance.now() > giveUpAtMs) {
      throw new PortcullisError(
        'io_failed',
        `${path} is still held by another process; remove it if none runs`,
      );
    } else await sleep(200);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function abandoned(path: string): Promise<boolean> {
  try {
    const holder = Number(await readFile(path, 'utf8'));
    if (holder > 0) return !alive(holder);
    return Date.now() - (await stat(path)).mtimeMs > 60_000;
  } catch {
    return false; // released in between
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
