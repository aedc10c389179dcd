/** Calls that wait for their client: for the rest of a request, or to be read. One timer looks at all of them. */

export interface Slow {
  /** When it began to wait, on the monotonic clock; -1 when it does not. */
  slowSinceMs: number;
  /** It has waited too long. */
  giveUp(): void;
}

/** A call may wait a quarter longer than its timeout, and never less. */
const SWEEPS_PER_TIMEOUT = 4;

export class SlowCalls {
  readonly #timeoutMs: number;
  readonly #nowMs: () => number;
  /** In order of time. */
  readonly #calls = new Set<Slow>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(timeoutMs: number, nowMs: () => number) {
    this.#timeoutMs = timeoutMs;
    this.#nowMs = nowMs;
    this.#sweeper = setInterval(() => this.sweep(), timeoutMs / SWEEPS_PER_TIMEOUT).unref();
  }

  /** Begins to count, anew if it waited before; `nowMs` never goes back. */
  add(call: Slow, nowMs: number): void {
    this.#calls.delete(call);
    call.slowSinceMs = nowMs;
    this.#calls.add(call);
  }

  remove(call: Slow): void {
    call.slowSinceMs = -1;
    this.#calls.delete(call);
  }

  sweep(): void {
    const tooOldMs = this.#nowMs() - this.#timeoutMs;
    for (const call of this.#calls) {
      if (call.slowSinceMs > tooOldMs) break;
      this.remove(call);
      call.giveUp();
    }
  }

  close(): void {
    clearInterval(this.#sweeper);
  }
}
