import { setTimeout } from 'node:timers/promises';
import { toPortcullisError } from '../errors.ts';
import type { LogOutput } from './log-output.ts';

/** A pipe that is full is soon read; a full disk takes longer. Each further failure doubles the wait. */
const BUSY_WAIT_MS = { first: 2, last: 100 };
const ERROR_WAIT_MS = { first: 100, last: 2_000 };

const LINE_FEED = 0x0a;

/** An output that is tried until it takes what is written. One call at a time. */
export class PersistentOutput {
  readonly #output: LogOutput;
  readonly #onError: (error: Error) => void;
  #reopen = false;
  #abandoned = false;

  /** `onError` is told the first of several failures in a row. */
  constructor(output: LogOutput, onError: (error: Error) => void) {
    this.#output = output;
    this.#onError = onError;
  }

  /** Whether nobody waits for what is being written any more. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  get reopenAsked(): boolean {
    return this.#reopen;
  }

  /** Has a file opened anew, after a log rotation moved it, by the next `reopenIfAsked` or failed write. */
  askToReopen(): void {
    this.#reopen = true;
  }

  /** Whether it is another file now. */
  async reopenIfAsked(): Promise<boolean> {
    if (!this.#reopen) return false;
    this.#reopen = false;
    try {
      return await this.#output.reopen();
    } catch (thrown) {
      this.#onError(toPortcullisError(thrown, 'io_failed'));
      return false;
    }
  }

  /**
   * Tries until everything is out, or until nobody waits any more. In another file a line that is half written begins anew: no half lines, and
   * none twice.
   */
  async write(lines: Uint8Array): Promise<void> {
    let from = 0;
    let busy = 0;
    let failures = 0;
    while (from < lines.byteLength && !this.#abandoned) {
      try {
        from += await this.#output.write(lines, from);
        busy = 0;
        failures = 0;
      } catch (thrown) {
        const isBusy = (thrown as NodeJS.ErrnoException).code === 'EAGAIN';
        if (!isBusy && failures === 0) this.#onError(toPortcullisError(thrown, 'io_failed'));
        await (isBusy ? pause(BUSY_WAIT_MS, busy++) : pause(ERROR_WAIT_MS, failures++));
        if (await this.reopenIfAsked()) from = from === 0 ? 0 : lines.lastIndexOf(LINE_FEED, from - 1) + 1;
      }
    }
  }

  /** A write under way may still come through, but is not tried again. */
  abandon(): void {
    this.#abandoned = true;
  }

  async close(): Promise<void> {
    try {
      await this.#output.close();
    } catch (thrown) {
      this.#onError(toPortcullisError(thrown, 'io_failed'));
    }
  }
}

async function pause({ first, last }: { first: number; last: number }, failures: number): Promise<void> {
  await setTimeout(Math.min(first * 2 ** failures, last));
}
