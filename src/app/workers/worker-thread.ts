import { extname } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { type PortcullisError, toPortcullisError } from '../../errors.ts';
import type { MetricValues } from '../../observe/summed-metrics.ts';
import type { PreparedPolicySet } from '../../policy/prepared.ts';
import type { PublicAddresses } from '../data-planes.ts';
import { Conversation } from './conversation.ts';
import type { MainCalls, WorkerCalls, WorkerData } from './protocol.ts';

/** For tests of workers that fail. */
export interface WorkerOptions {
  /** Another file for the threads to start with. */
  readonly file?: URL;
  /** How long a worker may not move; 10 s when left out. */
  readonly stalledAfterMs?: number;
}

/**
 * Why a worker is no more: `closed`, the server stops; `stalled`, it did not move for too long; `memory`, its heap was used up; `crash`, it
 * ended by itself; `refused`, it could not be made ready.
 */
export type WorkerEnd = 'closed' | 'stalled' | 'memory' | 'crash' | 'refused';

/** Told once. */
export type OnWorkerEnd = (worker: WorkerThread, why: WorkerEnd, error: PortcullisError) => void;

const MIB = 1024 * 1024;
/** Loading takes a fraction of a second; on a machine that is busy it takes longer. */
const START_TIMEOUT_MS = 60_000;

// The thread's file ends as this one does: .ts from the sources, .js once they are built.
const WORKER_FILE = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** One worker as the main thread sees it. */
export class WorkerThread {
  readonly number: number;
  readonly calls: Conversation<WorkerCalls>;
  /** Resolves when it can be asked; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** What it answers from, by policy set. */
  readonly active: Map<string, PreparedPolicySet> = new Map();
  /** As it told them last. */
  metrics: readonly MetricValues[] = [];
  /** Set when it opens its listeners. */
  opening: Promise<PublicAddresses> | undefined;
  readonly #worker: Worker;
  readonly #beat: Int32Array;
  readonly #onEnd: OnWorkerEnd;
  readonly #started = Promise.withResolvers<void>();
  #startTimer: NodeJS.Timeout | undefined;
  #isReady = false;
  #lastBeat = 0;
  #silentChecks = 0;
  #ended = false;

  constructor(
    data: Omit<WorkerData, 'beat'>,
    mine: Omit<MainCalls, 'ready'>,
    onEnd: OnWorkerEnd,
    file: URL = WORKER_FILE,
  ) {
    const beat = new SharedArrayBuffer(8);
    this.number = data.number;
    this.#beat = new Int32Array(beat);
    this.#onEnd = onEnd;
    this.ready = this.#started.promise;
    this.ready.catch(() => undefined);
    this.#worker = new Worker(file, {
      workerData: { ...data, beat } satisfies WorkerData,
      // What policies may read of it is in the data.
      env: {},
      name: `worker ${data.number}`,
      // As much as a process may have: what outgrows it ends the worker, and not the others.
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(getHeapStatistics().heap_size_limit / MIB) },
    });
    this.calls = new Conversation(this.#worker, { ...mine, ready: () => this.#onReady() });
    this.#worker.on('message', (message) => this.calls.receive(message));
    this.#worker.on('error', (error: Error & { code?: string }) => {
      this.#end(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'crash', toPortcullisError(error));
    });
    this.#worker.on('exit', (code) => {
      this.#end('crash', toPortcullisError(new Error(`the worker ended with exit code ${code}`)));
    });
    this.#startTimer = setTimeout(
      () => void this.end('refused', new Error(`the worker was not ready within ${START_TIMEOUT_MS} ms`)),
      START_TIMEOUT_MS,
    ).unref();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** How many clients it can ask to connect again, a moment ago; undefined when it does not move. */
  get connections(): number | undefined {
    return this.#silentChecks > 0 ? undefined : Atomics.load(this.#beat, 1);
  }

  /** For how many calls in a row it has not moved; 0 when it has since the last one. */
  silentChecks(): number {
    const beat = Atomics.load(this.#beat, 0);
    this.#silentChecks = beat !== this.#lastBeat || !this.#isReady ? 0 : this.#silentChecks + 1;
    this.#lastBeat = beat;
    return this.#silentChecks;
  }

  /** Ends it, whatever it does; its sockets close. Resolves when the thread is gone. */
  async end(why: WorkerEnd, error: unknown): Promise<void> {
    this.#end(why, toPortcullisError(error));
    await this.#worker.terminate();
  }

  #onReady(): void {
    clearTimeout(this.#startTimer);
    this.#isReady = true;
    this.#started.resolve();
  }

  #end(why: WorkerEnd, error: PortcullisError): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#startTimer);
    this.#started.reject(error);
    this.calls.end(error);
    this.#onEnd(this, why, error);
  }
}
