import type { Clock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import type { OnWorkerEnd, WorkerEnd, WorkerThread } from './worker-thread.ts';

export interface WorkerPoolOptions {
  readonly count: number;
  readonly start: (number: number, onEnd: OnWorkerEnd) => WorkerThread;
  /** Brings a new worker up to date and lets it serve. */
  readonly join: (worker: WorkerThread) => Promise<void>;
  /** Told of each worker that ended; `again` is false for one that ends with the server. */
  readonly onLost: (worker: WorkerThread, why: WorkerEnd, error: PortcullisError) => void;
  readonly stalledAfterMs: number;
  readonly clock: Clock;
}

/**
 * How often it is looked whether workers move, in the time they may take. Checks are counted, not time: after the whole process was stopped
 * for a while, nobody is behind.
 */
const CHECKS = 10;

/** One that is lost is replaced after 100 ms, the next ones after 200 ms, …, and at once again when one served for a minute. */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
const LASTING_MS = 60_000;

/** Keeps so many workers running: those that end, or do not move, are replaced. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Map<WorkerThread, { joinedAtMs: number }>();
  readonly #backoffs = new Set<NodeJS.Timeout>();
  readonly #heartbeat: NodeJS.Timeout;
  #lastNumber = 0;
  #failures = 0;
  #closing = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#heartbeat = setInterval(() => this.#check(), options.stalledAfterMs / CHECKS).unref();
  }

  /** Starts all workers; resolves when they have joined. Rejects when one cannot. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.count }, () => this.#begin()));
  }

  /** From now on none is replaced. */
  stopReplacing(): void {
    this.#closing = true;
    for (const timer of this.#backoffs) clearTimeout(timer);
  }

  /** All that have not ended, whether they serve yet or not. */
  get workers(): readonly WorkerThread[] {
    return [...this.#workers.keys()];
  }

  /** Ends all; resolves when the threads are gone. */
  async close(): Promise<void> {
    this.stopReplacing();
    clearInterval(this.#heartbeat);
    const gone = new PortcullisError('cancelled', 'the server stops');
    await Promise.all(this.workers.map((worker) => worker.end('closed', gone)));
  }

  async #begin(): Promise<void> {
    const { join, start } = this.#options;
    const worker = start(++this.#lastNumber, (...end) => this.#ended(...end));
    this.#workers.set(worker, { joinedAtMs: Number.POSITIVE_INFINITY });
    try {
      await worker.ready;
      await join(worker);
      const entry = this.#workers.get(worker);
      if (entry !== undefined) entry.joinedAtMs = this.#options.clock.monotonicMs();
    } catch (thrown) {
      void worker.end('refused', thrown);
      throw thrown;
    }
  }

  #ended(worker: WorkerThread, why: WorkerEnd, error: PortcullisError): void {
    const { clock, onLost } = this.#options;
    const { joinedAtMs = Number.POSITIVE_INFINITY } = this.#workers.get(worker) ?? {};
    this.#workers.delete(worker);
    onLost(worker, why, error);
    if (this.#closing) return;
    if (clock.monotonicMs() - joinedAtMs >= LASTING_MS) this.#failures = 0;
    const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures++, MAX_BACKOFF_MS);
    const timer = setTimeout(() => {
      this.#backoffs.delete(timer);
      // Its end is told as that of any other.
      this.#begin().catch(() => undefined);
    }, delayMs);
    this.#backoffs.add(timer);
  }

  #check(): void {
    const { stalledAfterMs } = this.#options;
    for (const worker of this.workers) {
      if (worker.silentChecks() < CHECKS) continue;
      void worker.end('stalled', new Error(`the worker did not move for ${stalledAfterMs} ms`));
    }
  }
}
