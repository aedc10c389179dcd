import { setTimeout } from 'node:timers/promises';
import type { LogOutput } from '../../observe/log-output.ts';
import { PersistentOutput } from '../../observe/persistent-output.ts';

/** How long closing waits for what was given. The workers have waited for longer already. */
const CLOSE_TIMEOUT_MS = 1_000;

/** One log that several workers write: lines of one after those of another, never between them. */
export class SharedLog {
  readonly #output: PersistentOutput;
  #turn: Promise<void> = Promise.resolve();

  /** `onError` is told the first of several failures in a row. */
  constructor(output: LogOutput, onError: (error: Error) => void) {
    this.#output = new PersistentOutput(output, onError);
  }

  /** Resolves when the lines are written, or when nobody waits for them any more. */
  write(lines: Uint8Array): Promise<void> {
    this.#turn = this.#turn.then(() => this.#write(lines));
    return this.#turn;
  }

  /** Opens a file anew, after a log rotation moved it: before the next lines. */
  reopen(): void {
    this.#output.askToReopen();
    this.#turn = this.#turn.then(async () => void (await this.#output.reopenIfAsked()));
  }

  async close(): Promise<void> {
    const timeout = new AbortController();
    const timeIsUp = setTimeout(CLOSE_TIMEOUT_MS, undefined, { signal: timeout.signal });
    // Never under a write, which might then go to whatever is opened next.
    const closed = this.#turn.then(() => this.#output.close());
    await Promise.race([closed, timeIsUp.catch(() => undefined)]);
    timeout.abort();
    this.#output.abandon();
  }

  async #write(lines: Uint8Array): Promise<void> {
    await this.#output.reopenIfAsked();
    await this.#output.write(lines);
  }
}
