import { setImmediate } from 'node:timers/promises';

/** Measures what long work uses of a thread, and gives the thread up now and then, so that requests get their turn. */
export class Pauses {
  readonly #sliceMs: number;
  readonly #nowMs: () => number;
  #sliceStartMs: number;
  #beforeMs = 0;

  /** After `sliceMs` other work gets its turn. `nowMs` is on a monotonic clock. */
  constructor(sliceMs: number, nowMs: () => number = () => performance.now()) {
    this.#sliceMs = sliceMs;
    this.#nowMs = nowMs;
    this.#sliceStartMs = nowMs();
  }

  /** What was used of the thread so far, without the pauses. */
  get usedMs(): number {
    return this.#beforeMs + this.#nowMs() - this.#sliceStartMs;
  }

  /** Lets other work be done when the slice is used up. */
  async perhaps(): Promise<void> {
    if (this.#nowMs() - this.#sliceStartMs >= this.#sliceMs) await this.now();
  }

  /** Lets other work be done. */
  async now(): Promise<void> {
    this.#beforeMs = this.usedMs;
    await setImmediate();
    this.#sliceStartMs = this.#nowMs();
  }
}
