/**
 * Requests come first: threads that a request seldom waits for have a lower priority than the main thread. In Linux, where each thread has one of its
 * own; elsewhere it is the process's.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** Node's name for the threads of V8's platform, before version 26 without `node-`: they compile, mark and sweep, and help with collections. */
const PLATFORM_THREAD = /^(?:node-)?V8Worker$/;
/**
 * Above that of the main thread: a third of its weight (sched(7)). Enough that code is compiled under full load, and collections, which the main
 * thread does wait for, are helped with beside a busy program: ADR 0023.
 */
const PLATFORM_NICENESS = 5;
const PREPARING_NICENESS = constants.priority.PRIORITY_BELOW_NORMAL;
const MOST_NICENESS = constants.priority.PRIORITY_LOW;
const THREADS = '/proc/self/task';

/** Lowers that of the calling thread, which prepares what no request waits for. */
export function lowerPreparingPriority(): void {
  lower(0, PREPARING_NICENESS);
}

/** Lowers that of V8's own threads: while policies are prepared, they compile and collect for that thread too. Once for all workers, who share them. */
export function lowerPlatformPriority(): void {
  let threads: string[];
  try {
    threads = readdirSync(THREADS);
  } catch {
    return; // No /proc.
  }
  // That of another PID namespace numbers threads otherwise.
  if (!threads.includes(String(process.pid))) return;
  for (const thread of threads)
    if (PLATFORM_THREAD.test(nameOf(thread))) lower(Number(thread), PLATFORM_NICENESS);
}

function nameOf(thread: string): string {
  try {
    return readFileSync(`${THREADS}/${thread}/comm`, 'latin1').trimEnd();
  } catch {
    return ''; // It has ended.
  }
}

/** Relative to the main thread's, which whoever starts the server may have changed (`nice`, `Nice=`). */
function lower(thread: number, by: number): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(thread, Math.min(getPriority(process.pid) + by, MOST_NICENESS));
  } catch {
    // A sandbox may forbid it.
  }
}
