/**
 * Which batches go on in this turn of the event loop, and which wait for a later one. All of them share one slice of a turn:
 * with a slice for each, a hundred batches would keep sockets, deadlines and single calls waiting for a hundred slices.
 */
import type { Clock } from '../clock.ts';

/** How long batches may go on before other calls get their turn. */
const SLICE_MS = 5;

export class BatchTurns {
  readonly #clock: Clock;
  /** Wakes the batches that wait, the one whose turn is next first. */
  readonly #line: (() => void)[] = [];
  /** When the slice of this turn is used up. */
  #endMs = 0;
  /** A slice has begun, and the end of its turn will be noticed. */
  #marked = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a batch may decide its next question at once; otherwise it awaits `next`. */
  mayGoOn(): boolean {
    if (this.#line.length > 0) return false;
    if (!this.#marked) this.#beginSlice();
    return this.#clock.monotonicMs() < this.#endMs;
  }

  /** When `mayGoOn` has said no: resolves when one more question may be decided, which has to be done in the same microtask. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#line.push(resolve);
    });
  }

  #beginSlice(): void {
    this.#endMs = this.#clock.monotonicMs() + SLICE_MS;
    this.#marked = true;
    // Immediates run when the sockets of a turn have been read.
    setImmediate(() => void this.#onTurnEnd());
  }

  /** A slice of what waits, a question of each batch in turn. */
  async #onTurnEnd(): Promise<void> {
    this.#marked = false;
    if (this.#line.length === 0) return;
    this.#beginSlice();
    do {
      this.#line.shift()?.();
      // It decides its question before this goes on, and is then at the end of the line, done, or waits for an evaluation.
      await Promise.resolve();
    } while (this.#line.length > 0 && this.#clock.monotonicMs() < this.#endMs);
  }
}
