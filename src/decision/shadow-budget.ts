/** Time that is not used is kept for so long: a quiet while does not buy a long burst. */
const SAVED_MS = 1000;

/**
 * How much time may be spent on something that nobody waits for, as a share of the time that passes. What is begun may
 * cost more than is left: then nothing is begun until the debt is paid, so that the share holds whatever one piece costs.
 * All times are on the monotonic clock, milliseconds.
 */
export class ShadowBudget {
  readonly #share: number;
  #leftMs: number;
  #countedMs: number;

  /** @param share of the time of one core, 0 to 1 */
  constructor(share: number, nowMs: number) {
    this.#share = share;
    this.#leftMs = share * SAVED_MS;
    this.#countedMs = nowMs;
  }

  /** Whether something may begin now. */
  allows(nowMs: number): boolean {
    const gainedMs = (nowMs - this.#countedMs) * this.#share;
    this.#leftMs = Math.min(this.#leftMs + gainedMs, this.#share * SAVED_MS);
    this.#countedMs = nowMs;
    return this.#leftMs > 0;
  }

  spend(durationMs: number): void {
    this.#leftMs -= durationMs;
  }
}
