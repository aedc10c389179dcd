/** Requests come first: threads that nobody waits for run at a lower priority. In Linux, where each thread has one of its own; elsewhere it is the process's. */
import { readdirSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** Node's name for the threads of V8's platform: they compile, mark and sweep, and help with the collections that the program waits for. */
const PLATFORM_THREAD = 'node-V8Worker';
/**
 * A third of the weight of the thread that answers (sched(7)): enough that code is compiled under full load, and collections are helped with beside
 * a busy program: ADR 0023.
 */
const PLATFORM_NICENESS = 5;
const THREADS = '/proc/self/task';

/** Lowers that of the calling thread, for work that takes long and that no request waits for. */
export function lowerOwnPriority(): void {
  lower(0, constants.priority.PRIORITY_BELOW_NORMAL);
}

/** Lowers that of V8's own threads: while policies are prepared, they compile and collect for that thread too. */
export function lowerPlatformPriority(): void {
  if (process.platform !== 'linux') return;
  let threads: string[];
  try {
    threads = readdirSync(THREADS);
  } catch {
    return; // No /proc.
  }
  for (const thread of threads)
    if (nameOf(thread) === PLATFORM_THREAD) lower(Number(thread), PLATFORM_NICENESS);
}

function nameOf(thread: string): string | undefined {
  try {
    return readFileSync(`${THREADS}/${thread}/comm`, 'latin1').trimEnd();
  } catch {
    return undefined; // It has ended.
  }
}

function lower(thread: number, niceness: number): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(thread, niceness);
  } catch {
    // A sandbox may forbid it, or the thread has ended.
  }
}
