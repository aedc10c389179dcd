import type { Clock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import type { EvaluationFigures } from '../evaluation-figures.ts';
import type { Evaluation, EvaluationTime, Evaluator, InstanceMemory } from '../evaluator.ts';
import type { NetworkHandler, NetworkRequest } from '../network/access.ts';
import type { Explained } from '../plan/explain/explain.ts';
import type { HiddenPlaces } from '../plan/explain/secrets.ts';
import type { RegoValue } from '../value.ts';
import { type HeapImage, LARGE_IMAGE_BYTES } from '../wasm/heap-image.ts';
import { Flights } from './flights.ts';
import type { ThreadEnd, ThreadStart } from './policy-thread.ts';
import { toSharedBytes } from './shared-bytes.ts';
import { ThreadPool } from './thread-pool.ts';
import { fromWire } from './wire-evaluation.ts';

export interface ThreadEvaluatorOptions {
  readonly clock: Clock;
  /** Threads at most, 1 or more. Each holds its own copy of the modules' memory. */
  readonly maxThreads: number;
  /** Evaluations that may wait for a thread; more are refused with `overloaded`. */
  readonly maxQueued: number;
  /** What the JavaScript heap of a thread may grow to. */
  readonly maxHeapBytes: number;
  readonly figures: EvaluationFigures;
  /** As for the evaluator of the main thread. */
  readonly images?: ReadonlyMap<string, HeapImage>;
  readonly maxMemoryBytes?: number;
  readonly maxInputDepth?: number;
  readonly runtime?: RegoValue;
  readonly timeResolutionMs?: number;
  readonly onPrint?: (message: string) => void;
  /** Does what builtins ask of the network, in the main thread. */
  readonly network?: NetworkHandler;
  /** Whether an evaluation of this entrypoint may ask the network, and so must not be given up and done again. */
  readonly mayBlock?: (entrypoint: string) => boolean;
  /** Told of threads that were ended or ended by themselves, and why. */
  readonly onThreadLost?: (why: ThreadEnd, error: PortcullisError) => void;
  /** Another file for the threads to start with, for tests. */
  readonly threadFile?: URL;
}

/** Evaluates in threads of its own, always later. */
export class ThreadEvaluator implements Evaluator {
  readonly #pool: ThreadPool;
  readonly #flights: Flights;
  readonly #mayBlock: (entrypoint: string) => boolean;

  constructor(pool: ThreadPool, flights: Flights, mayBlock: (entrypoint: string) => boolean) {
    this.#pool = pool;
    this.#flights = flights;
    this.#mayBlock = mayBlock;
  }

  evaluate(entrypoint: string, inputJson: Uint8Array | undefined, time: EvaluationTime): Promise<Evaluation> {
    // The caller's bytes are not kept, and a view's buffer may hold far more than its input.
    return this.#flights.ask({ entrypoint, inputJson: inputJson && new Uint8Array(inputJson) }, time);
  }

  /** By a thread that has nothing to do, for nobody else, and without its prints; rejects with `overloaded` when there is none. */
  async evaluateIfIdle(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    { wallMs, deadlineMs, exactTime = false }: EvaluationTime,
  ): Promise<Evaluation> {
    if (!this.#pool.isIdle) throw new PortcullisError('overloaded', 'no policy thread is idle');
    const input = inputJson && new Uint8Array(inputJson);
    const repeatable = !this.#mayBlock(entrypoint);
    const job = {
      kind: 'evaluate',
      entrypoint,
      inputJson: input,
      wallMs,
      exactTime,
      repeatable,
      quiet: true,
    } as const;
    return fromWire(await this.#pool.run(job, deadlineMs));
  }

  explain(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    { wallMs, deadlineMs, exactTime = false }: EvaluationTime,
    hidden: HiddenPlaces,
  ): Promise<Explained> {
    const input = inputJson && new Uint8Array(inputJson);
    return this.#pool.run(
      { kind: 'explain', entrypoint, inputJson: input, wallMs, exactTime, repeatable: false, hidden },
      deadlineMs,
    );
  }

  /** The answer of the same question when that is being evaluated at this moment. */
  join(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
  ): Promise<Evaluation> | undefined {
    return this.#flights.join({ entrypoint, inputJson }, time);
  }

  /** Starts a thread now, and keeps one. */
  keepWarm(): void {
    this.#pool.keepWarm();
  }

  memory(): InstanceMemory {
    return this.#pool.memory();
  }

  close(): void {
    void this.#pool.close();
  }

  /** Closes, and resolves when all threads are gone. */
  ended(): Promise<void> {
    return this.#pool.close();
  }
}

/**
 * An evaluator whose evaluations happen in worker threads, which are started when the first is asked. A thread that goes
 * on after the deadline is ended and replaced, so that nothing a policy does takes longer.
 * Evaluations reject with what Evaluator says, `overloaded` when too many wait, and `internal` when a thread crashed.
 */
export function createThreadEvaluator(
  descriptor: PolicySetDescriptor,
  options: ThreadEvaluatorOptions,
): ThreadEvaluator {
  const { clock, figures, network, mayBlock = () => false } = options;
  const { maxMemoryBytes, maxInputDepth, runtime, timeResolutionMs } = options;
  // Held as long as the policy set is active. Beyond that, a thread reads the data: it has some 100 ms more to start then.
  const kept = sizeOf(options.images) <= LARGE_IMAGE_BYTES ? options.images : undefined;
  let data: ReturnType<ThreadStart['data']> | undefined;
  const pool = new ThreadPool({
    start: {
      // Only when a thread is needed: most policy sets never need one.
      data: () =>
        (data ??= {
          descriptor: shared(descriptor),
          images: kept,
          maxMemoryBytes,
          maxInputDepth,
          runtime,
          timeResolutionMs,
        }),
      network: network && ((request, signal) => network.handle(request as NetworkRequest, signal)),
      maxHeapBytes: options.maxHeapBytes,
      file: options.threadFile,
    },
    clock,
    maxThreads: options.maxThreads,
    maxQueued: options.maxQueued,
    figures,
    onPrint: options.onPrint ?? (() => {}),
    ...(options.onThreadLost && { onThreadLost: options.onThreadLost }),
  });
  const flights = new Flights(
    async ({ entrypoint, inputJson }, { wallMs, deadlineMs, exactTime = false }) => {
      if (clock.monotonicMs() >= deadlineMs) {
        throw new PortcullisError('deadline_exceeded', 'the deadline passed before the evaluation');
      }
      const repeatable = !mayBlock(entrypoint);
      return fromWire(
        await pool.run(
          { kind: 'evaluate', entrypoint, inputJson, wallMs, exactTime, repeatable },
          deadlineMs,
        ),
      );
    },
    clock,
    () => figures.joined++,
  );
  return new ThreadEvaluator(pool, flights, mayBlock);
}

function sizeOf(images: ThreadEvaluatorOptions['images']): number {
  let bytes = 0;
  for (const { start, end } of images?.values() ?? []) bytes += end - start;
  return bytes;
}

/** The same with its large parts in memory that all threads share. */
function shared(descriptor: PolicySetDescriptor): PolicySetDescriptor {
  return {
    ...descriptor,
    dataJson: toSharedBytes(descriptor.dataJson),
    modules: descriptor.modules.map((module) =>
      module.plan === undefined ? module : { ...module, plan: toSharedBytes(module.plan) },
    ),
  };
}
