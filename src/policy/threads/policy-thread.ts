// oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { PortcullisError } from '../../errors.ts';
import type { InstanceMemory } from '../evaluator.ts';
import { type BlockingHandler, BlockingServer } from './blocking-channel.ts';
import type { JobMessage, ThreadAnswer, ThreadData, ThreadMessage } from './protocol.ts';
import { toError } from './wire-evaluation.ts';

/** What a thread is made from. */
export interface ThreadStart {
  readonly data: () => Omit<ThreadData, 'network'>;
  /** Does what builtins ask of the network; undefined where there is none. */
  readonly network: BlockingHandler | undefined;
  /** What the JavaScript heap of the thread may grow to; the modules' memories have their own bound. */
  readonly maxHeapBytes: number;
  /** The thread's file; another one for tests. */
  readonly file?: URL | undefined;
}

/**
 * Why a thread is no more: `closed`, nothing needs it; `deadline`, it went on after its job's deadline; `memory`, its
 * heap was used up; `crash`, it ended by itself; `refused`, it could not be made ready.
 */
export type ThreadEnd = 'closed' | 'deadline' | 'memory' | 'crash' | 'refused';

/** Told what a thread does. `onEnd` is called once, and nothing after it. */
export interface ThreadEvents {
  onReady(): void;
  onAnswer(answer: ThreadAnswer): void;
  onEnd(why: ThreadEnd, error: PortcullisError): void;
}

const MIB = 1024 * 1024;
const NO_MEMORY: InstanceMemory = { instances: 0, bytes: 0 };

// The thread's file ends as this one does: .ts from the sources, .js once they are built.
const WORKER_FILE = new URL(`./thread-worker${extname(import.meta.url)}`, import.meta.url);

/** One worker thread with a policy set loaded. It keeps the process alive only while it starts or has a job. */
export class PolicyThread {
  readonly #worker: Worker;
  readonly #network: BlockingServer | undefined;
  readonly #events: ThreadEvents;
  #memory: InstanceMemory = NO_MEMORY;
  #ended = false;

  constructor(start: ThreadStart, events: ThreadEvents) {
    this.#events = events;
    this.#network = start.network && new BlockingServer(start.network);
    const network = this.#network?.end;
    const workerData: ThreadData = { ...start.data(), network };
    this.#worker = new Worker(start.file ?? WORKER_FILE, {
      workerData,
      transferList: network === undefined ? [] : [network.port],
      // Policies must not read the environment; what they may is in `runtime`.
      env: {},
      name: `policy ${workerData.descriptor.name}`,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(start.maxHeapBytes / MIB) },
    });
    this.#worker.on('message', (message: ThreadMessage) => this.#onMessage(message));
    this.#worker.on('error', (error: Error & { code?: string }) => {
      const outOfMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const message = `the policy thread ended: ${error.message}`;
      this.#end(
        outOfMemory ? 'memory' : 'crash',
        new PortcullisError(outOfMemory ? 'evaluation_limit' : 'internal', message, { cause: error }),
      );
    });
    this.#worker.on('exit', (code) => {
      this.#end('crash', new PortcullisError('internal', `the policy thread ended with exit code ${code}`));
    });
  }

  /** What its instances hold, as of its last message. */
  get memory(): InstanceMemory {
    return this.#ended ? NO_MEMORY : this.#memory;
  }

  /** Gives it a job; it must be ready and have none. */
  post(message: JobMessage): void {
    this.#worker.ref();
    this.#worker.postMessage(message);
  }

  /** Ends it, whatever it does. Resolves when the thread is gone. */
  async end(why: 'closed' | 'deadline'): Promise<void> {
    const code = why === 'deadline' ? 'deadline_exceeded' : 'cancelled';
    this.#end(why, new PortcullisError(code, 'the policy thread was ended'));
    await this.#worker.terminate();
  }

  #onMessage(message: ThreadMessage): void {
    if (this.#ended) return;
    if (message.kind === 'refused') {
      this.#end('refused', toError(message.failure));
      void this.#worker.terminate();
      return;
    }
    this.#memory = message.memory ?? NO_MEMORY;
    this.#worker.unref();
    if (message.kind === 'ready') this.#events.onReady();
    else this.#events.onAnswer(message.answer);
  }

  #end(why: ThreadEnd, error: PortcullisError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#network?.close();
    this.#events.onEnd(why, error);
  }
}
