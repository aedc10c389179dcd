import { setTimeout } from 'node:timers/promises';
import { toPortcullisError } from '../../errors.ts';
import type { LogOutput } from '../../observe/log-output.ts';

/** As the decision log of a single thread waits: a pipe that is full is soon read; a full disk takes longer. */
const BUSY_WAIT_MS = { first: 2, last: 100 };
const ERROR_WAIT_MS = { first: 100, last: 2_000 };

/** How long closing waits for what was given. The workers have waited for longer already. */
const CLOSE_TIMEOUT_MS = 1_000;

/** One log that several workers write: lines of one after those of another, never between them. */
export class SharedLog {
  readonly #output: LogOutput;
  readonly #onError: (error: Error) => void;
  #turn: Promise<void> = Promise.resolve();
  #reopen = false;
  #abandoned = false;

  /** `onError` is told the first of several failures in a row. */
  constructor(output: LogOutput, onError: (error: Error) => void) {
    this.#output = output;
    this.#onError = onError;
  }

  /** Resolves when the lines are written, or when nobody waits for them any more. */
  write(lines: Uint8Array): Promise<void> {
    this.#turn = this.#turn.then(() => this.#write(lines));
    return this.#turn;
  }

  /** Opens a file anew, after a log rotation moved it: before the next lines. */
  reopen(): void {
    this.#reopen = true;
    this.#turn = this.#turn.then(() => void this.#reopenIfAsked());
  }

  async close(): Promise<void> {
    const timeout = new AbortController();
    const timeIsUp = setTimeout(CLOSE_TIMEOUT_MS, undefined, { signal: timeout.signal });
    await Promise.race([this.#turn, timeIsUp.catch(() => undefined)]);
    timeout.abort();
    this.#abandoned = true;
    await this.#output.close().catch((thrown) => this.#onError(toPortcullisError(thrown, 'io_failed')));
  }

  /** Tries until everything is out. A file opened anew gets the lines from their start: no half ones. */
  async #write(lines: Uint8Array): Promise<void> {
    await this.#reopenIfAsked();
    let from = 0;
    let busy = 0;
    let failures = 0;
    while (from < lines.length && !this.#abandoned) {
      try {
        from += await this.#output.write(lines, from);
        busy = 0;
        failures = 0;
      } catch (thrown) {
        const isBusy = (thrown as NodeJS.ErrnoException).code === 'EAGAIN';
        if (!isBusy && failures === 0) this.#onError(toPortcullisError(thrown, 'io_failed'));
        await (isBusy ? pause(BUSY_WAIT_MS, busy++) : pause(ERROR_WAIT_MS, failures++));
        if (await this.#reopenIfAsked()) from = 0;
      }
    }
  }

  async #reopenIfAsked(): Promise<boolean> {
    if (!this.#reopen) return false;
    this.#reopen = false;
    try {
      await this.#output.reopen();
      return true;
    } catch (thrown) {
      this.#onError(toPortcullisError(thrown, 'io_failed'));
      return false;
    }
  }
}

async function pause({ first, last }: { first: number; last: number }, failures: number): Promise<void> {
  await setTimeout(Math.min(first * 2 ** failures, last));
}
