import { once } from 'node:events';
import pino, { type Logger as PinoLogger } from 'pino';
import type { DecisionEvent, DecisionSink } from './decision-event.ts';
import { logEntry, type Mask } from './decision-log-entry.ts';

/** Where the log goes and what it may hold. */
export interface DecisionLogOptions {
  readonly destination: { readonly type: 'stdout' } | { readonly type: 'file'; readonly path: string };
  readonly mask: Mask;
  /** Labels of every entry, as OPA's: who this instance is. */
  readonly labels: Readonly<Record<string, string>>;
  /** Events that may wait; more are dropped and counted. */
  readonly maxBufferedEvents: number;
}

/** Entries written in one turn of the event loop, so that a full buffer does not stall decisions. */
const EVENTS_PER_TURN = 64;

type Destination = ReturnType<typeof pino.destination>;

/**
 * Decision events as JSON lines in OPA's field names. `write` only queues; entries are built and written in later turns
 * of the event loop, and wait while the destination is full. The buffer is bounded: what does not fit is counted.
 */
export class DecisionLog implements DecisionSink {
  readonly #options: DecisionLogOptions;
  readonly #destination: Destination;
  readonly #pino: PinoLogger;
  #queue: DecisionEvent[] = [];
  /** Where the next event stands in the queue: taking one does not move the others. */
  #next = 0;
  #scheduled = false;
  #full = false;
  #written = 0;
  #dropped = 0;

  constructor(options: DecisionLogOptions, onError: (error: Error) => void) {
    this.#options = options;
    const { destination } = options;
    this.#destination = pino.destination({
      dest: destination.type === 'stdout' ? 1 : destination.path,
      sync: false,
      mkdir: true,
      minLength: 0,
    });
    this.#destination.on('error', onError);
    this.#destination.on('drain', () => {
      this.#full = false;
      this.#schedule();
    });
    this.#pino = pino(
      {
        base: { type: 'openpolicyagent.org/decision_logs', labels: options.labels },
        timestamp: false,
        formatters: { level: (label) => ({ level: label }) },
      },
      {
        write: (line: string) => {
          if (!this.#destination.write(line)) this.#full = true;
        },
      },
    );
  }

  write(event: DecisionEvent): void {
    if (this.#waiting() >= this.#options.maxBufferedEvents) {
      this.#dropped++;
      return;
    }
    this.#queue.push(event);
    this.#schedule();
  }

  /** Entries written and events dropped since the start, and events waiting now. */
  figures(): { written: number; dropped: number; buffered: number } {
    return { written: this.#written, dropped: this.#dropped, buffered: this.#waiting() };
  }

  /** Opens a file destination anew, after a log rotation moved it. */
  reopen(): void {
    if (this.#options.destination.type === 'file') this.#destination.reopen();
  }

  /** Writes what is buffered, waits until it is out, and closes. */
  async close(): Promise<void> {
    while (this.#waiting() > 0) {
      if (this.#full) await once(this.#destination, 'drain');
      this.#full = false;
      this.#writeSome();
    }
    const closed = once(this.#destination, 'close');
    this.#destination.end();
    await closed;
  }

  #waiting(): number {
    return this.#queue.length - this.#next;
  }

  #schedule(): void {
    if (this.#scheduled || this.#full || this.#waiting() === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#writeSome();
      this.#schedule();
    });
  }

  #writeSome(): void {
    const end = Math.min(this.#next + EVENTS_PER_TURN, this.#queue.length);
    for (; this.#next < end; this.#next++) {
      this.#pino.info(logEntry(this.#queue[this.#next]!, this.#options.mask), 'Decision Log');
      this.#written++;
    }
    if (this.#next < this.#queue.length && this.#next < this.#options.maxBufferedEvents) return;
    this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
  }
}
