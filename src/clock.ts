/** Time as the parts are given it, so that tests can set it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May step back. */
  wallMs(): number;
  /** Monotonic clock in milliseconds, for durations and deadlines. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
