import type { Clock } from '../../clock.ts';

/**
 * A clock that all threads of the process read alike: `performance.now()` counts from each thread's own start. Deadlines
 * are on it when they go to another thread.
 */
export const threadClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
};
