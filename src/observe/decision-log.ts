import { setTimeout as startTimer } from 'node:timers';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { toPortcullisError } from '../errors.ts';
import type { DecisionEvent, DecisionSink } from './decision-event.ts';
import { EventQueue, type QueueLimits } from './event-queue.ts';
import { LineBuffer } from './line-buffer.ts';
import { LineWriter } from './line-writer.ts';
import { type LogDestination, type LogOutput, openLogOutput } from './log-output.ts';
import type { Mask } from './mask.ts';
import { PersistentOutput } from './persistent-output.ts';

/** Where the log goes and what it may hold. */
export interface DecisionLogOptions extends QueueLimits {
  readonly destination: LogDestination;
  readonly mask: Mask;
  /** Labels of every entry, as OPA's: who this instance is. */
  readonly labels: Readonly<Record<string, string>>;
  /** How long closing waits for what is buffered; what is not out by then is dropped. 5 s when left out. */
  readonly closeTimeoutMs?: number;
}

/** What became of the events since the start. */
export interface DecisionLogFigures {
  readonly written: number;
  /** Written without what could not be built or masked. */
  readonly incomplete: number;
  readonly dropped: number;
  /** Neither written nor dropped yet. */
  readonly buffered: number;
}

/**
 * Entries built in one turn of the event loop, by number and size: few, so that decisions do not wait for them, but a quarter of
 * what waits when that is more, so that what comes in goes out.
 */
const BATCH_EVENTS = { least: 64, most: 512 };
const BATCH_BYTES = 512 * 1024;

/** Fewer wait this long for others: a write of one line costs several times the line. */
const LINGER_MS = 5;

const CLOSE_TIMEOUT_MS = 5_000;

interface Batch {
  readonly bytes: Uint8Array;
  readonly entries: number;
  readonly incomplete: number;
}

/**
 * Decision events as JSON lines in OPA's field names. `write` only queues; entries are built and written batch by batch
 * in later turns of the event loop, within milliseconds. What fails to be written is tried again. The buffer is bounded: what does not fit is
 * counted.
 */
export class DecisionLog implements DecisionSink {
  readonly #options: DecisionLogOptions;
  readonly #onError: (error: Error) => void;
  readonly #output: PersistentOutput;
  readonly #queue: EventQueue;
  readonly #writer: LineWriter;
  /** One is filled while the other is written. */
  #lines = new LineBuffer();
  #spareLines = new LineBuffer();
  #running: Promise<void> | undefined;
  #lingering: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #closing = false;
  #written = 0;
  #incomplete = 0;
  #dropped = 0;

  /** Throws `io_failed` when a file cannot be opened. `onError` is told the first of several failures in a row. */
  constructor(
    options: DecisionLogOptions,
    onError: (error: Error) => void,
    openOutput: (destination: LogDestination) => LogOutput = openLogOutput,
  ) {
    this.#options = options;
    this.#onError = onError;
    this.#queue = new EventQueue(options);
    this.#writer = new LineWriter(options.mask, options.labels);
    this.#output = new PersistentOutput(openOutput(options.destination), onError);
  }

  write(event: DecisionEvent): void {
    if (this.#closing || !this.#queue.offer(event)) this.#dropped++;
    else if (this.#running === undefined) this.#wake();
  }

  figures(): DecisionLogFigures {
    const buffered = this.#queue.length + this.#inFlight;
    return { written: this.#written, incomplete: this.#incomplete, dropped: this.#dropped, buffered };
  }

  /** Opens a file destination anew, after a log rotation moved it. */
  reopen(): void {
    if (this.#closing) return;
    this.#output.askToReopen();
    this.#run();
  }

  /** Writes what is buffered, waits until it is out or the time is up, and closes. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#queue.length > 0) this.#run();
    const timeout = new AbortController();
    const { closeTimeoutMs = CLOSE_TIMEOUT_MS } = this.#options;
    const timeIsUp = setTimeout(closeTimeoutMs, true, { signal: timeout.signal }).catch(() => false);
    const closed = (this.#running ?? Promise.resolve())
      .then(() => this.#output.close())
      .catch((thrown) => this.#onError(toPortcullisError(thrown, 'io_failed')));
    if (await Promise.race([timeIsUp, closed.then(() => false)])) this.#abandon(closeTimeoutMs);
    timeout.abort();
  }

  /** The batch under way may still come through, but nobody waits for it. */
  #abandon(timeoutMs: number): void {
    this.#output.abandon();
    const lost = this.#queue.clear() + this.#inFlight;
    this.#inFlight = 0;
    this.#dropped += lost;
    this.#onError(new Error(`${lost} decisions could not be written within ${timeoutMs} ms and are lost`));
  }

  /** Has what waits written: at once when it is a batch, and else a little later. */
  #wake(): void {
    if (this.#queue.length >= BATCH_EVENTS.least) this.#run();
    else this.#lingering ??= startTimer(() => this.#run(), LINGER_MS);
  }

  #run(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    this.#running ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    let writing: Promise<void> | undefined;
    do {
      await setImmediate();
      // While the one before is being written: else what comes in meanwhile, on a busy machine, would be more than one batch.
      const batch = this.#nextBatch();
      await writing;
      await this.#output.reopenIfAsked();
      writing = this.#writeOut(batch);
      // When it may be the last: what is asked for while it is written is seen then.
      if (!this.#hasBatch()) await writing;
    } while (this.#output.reopenAsked || this.#hasBatch());
    // At once, not in a callback: whoever writes next must find that nobody is at it.
    this.#running = undefined;
    if (this.#queue.length > 0) this.#wake();
  }

  #hasBatch(): boolean {
    return this.#queue.length >= (this.#closing ? 1 : BATCH_EVENTS.least);
  }

  async #writeOut({ bytes, entries, incomplete }: Batch): Promise<void> {
    await this.#output.write(bytes);
    if (this.#output.abandoned) return;
    this.#inFlight -= entries;
    this.#written += entries - incomplete;
    this.#incomplete += incomplete;
  }

  #nextBatch(): Batch {
    const lines = this.#spareLines;
    this.#spareLines = this.#lines;
    this.#lines = lines;
    lines.clear();
    const most = Math.min(Math.max(BATCH_EVENTS.least, this.#queue.length >> 2), BATCH_EVENTS.most);
    let entries = 0;
    let incomplete = 0;
    while (entries < most && lines.length < BATCH_BYTES) {
      const event = this.#queue.take();
      if (event === undefined) break;
      try {
        const isComplete = this.#writer.write(event, lines);
        entries++;
        if (!isComplete) incomplete++;
      } catch (thrown) {
        // A line longer than a buffer may be, or a defect.
        this.#dropped++;
        this.#onError(toPortcullisError(thrown));
      }
    }
    this.#inFlight += entries;
    return { bytes: lines.bytes(), entries, incomplete };
  }
}
