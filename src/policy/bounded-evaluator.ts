import type { Clock } from '../clock.ts';
import type { PortcullisError } from '../errors.ts';
import type { PolicySetDescriptor } from './descriptor.ts';
import type { EvaluationFigures } from './evaluation-figures.ts';
import {
  type Evaluation,
  EvaluationInterrupted,
  type EvaluationTime,
  type Evaluator,
  type InstanceMemory,
} from './evaluator.ts';
import { createLocalEvaluator, type LocalEvaluatorOptions } from './local-evaluator.ts';
import type { NetworkHandler } from './network/access.ts';
import { mayAskNetwork } from './network/may-ask.ts';
import { Pace } from './pace.ts';
import type { Explained } from './plan/explain/explain.ts';
import type { HiddenPlaces } from './plan/explain/secrets.ts';
import type { ThreadEnd } from './threads/policy-thread.ts';
import { createThreadEvaluator, type ThreadEvaluator } from './threads/thread-evaluator.ts';

export interface BoundedEvaluatorOptions extends Omit<LocalEvaluatorOptions, 'network'> {
  /** How long an evaluation may hold the calling thread, milliseconds. 0: none may begin there. */
  readonly sliceMs: number;
  readonly maxThreads: number;
  readonly maxQueued: number;
  readonly maxHeapBytes: number;
  readonly figures: EvaluationFigures;
  /** What `http.send` and `net.lookup_ip_addr` may reach; undefined: nothing. */
  readonly network?: NetworkHandler;
  readonly onThreadLost?: (why: ThreadEnd, error: PortcullisError) => void;
}

/** The smallest slice of an entrypoint whose evaluations keep being interrupted. */
const MIN_SLICE_MS = 1;

/** More that one evaluation prints are dropped. */
const MAX_PRINTS = 1000;

/** One entrypoint: `mayBlock` when its evaluations may wait for the network. */
interface Place {
  readonly mayBlock: boolean;
  readonly pace: Pace;
}

/**
 * What answers a policy set in the server. An evaluation begins in the calling thread, which is quickest, and answers at
 * once; one that takes longer than a slice is given up and done in a policy thread. Evaluations that may wait for the
 * network go there straight away. So neither loops nor waiting hold up other questions.
 */
export async function createBoundedEvaluator(
  descriptor: PolicySetDescriptor,
  options: BoundedEvaluatorOptions,
): Promise<Evaluator> {
  const { network, sliceMs, figures, onPrint = () => {}, ...rest } = options;
  const { builtins, clock } = rest;
  const places = new Map<string, Place>(
    descriptor.entrypoints.map((path) => {
      const mayBlock = network !== undefined && mayAskNetwork(descriptor, path, builtins);
      return [path, { mayBlock, pace: new Pace(MIN_SLICE_MS, sliceMs) }];
    }),
  );
  const prints = new PrintBuffer(onPrint);
  const local = await createLocalEvaluator(descriptor, { ...rest, onPrint: (text) => prints.add(text) });
  const threads = createThreadEvaluator(descriptor, {
    ...rest,
    figures,
    onPrint,
    ...(network !== undefined && { network }),
    mayBlock: (path) => places.get(path)?.mayBlock === true,
  });
  if (sliceMs === 0 || [...places.values()].some(({ mayBlock }) => mayBlock)) threads.keepWarm();
  return new BoundedEvaluator(local, threads, places, prints, { clock, figures });
}

class BoundedEvaluator implements Evaluator {
  readonly #local: Evaluator;
  readonly #threads: ThreadEvaluator;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #prints: PrintBuffer;
  readonly #clock: Clock;
  readonly #figures: EvaluationFigures;
  readonly #detach: () => void;

  constructor(
    local: Evaluator,
    threads: ThreadEvaluator,
    places: ReadonlyMap<string, Place>,
    prints: PrintBuffer,
    { clock, figures }: Pick<BoundedEvaluatorOptions, 'clock' | 'figures'>,
  ) {
    this.#local = local;
    this.#threads = threads;
    this.#places = places;
    this.#prints = prints;
    // Not all of the options: images of data are among them, and go once they are copied.
    this.#clock = clock;
    this.#figures = figures;
    this.#detach = figures.attach(() => local.memory?.() ?? {});
  }

  evaluate(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
  ): Evaluation | Promise<Evaluation> {
    const clock = this.#clock;
    const place = this.#places.get(entrypoint);
    // It says that there is no such entrypoint.
    if (place === undefined) return this.#local.evaluate(entrypoint, inputJson, time);
    const { pace, mayBlock } = place;
    const startMs = clock.monotonicMs();
    if (time.background === true) return this.#inBackground(entrypoint, inputJson, time, place);
    const sliceMs = mayBlock ? 0 : pace.sliceAt(startMs);
    if (sliceMs === 0) return this.#threads.evaluate(entrypoint, inputJson, time);
    // What runs long there would be interrupted here as well.
    const joined = this.#threads.join(entrypoint, inputJson, time);
    if (joined !== undefined) return joined;
    const processorStartMs = pace.suspects(startMs) ? processorMs() : undefined;
    try {
      const evaluation = this.#local.evaluate(entrypoint, inputJson, this.#within(time, startMs + sliceMs));
      this.#prints.flush();
      return evaluation;
    } catch (thrown) {
      if (!(thrown instanceof EvaluationInterrupted)) {
        this.#prints.flush();
        throw thrown;
      }
      // They come again.
      this.#prints.clear();
      this.#figures.interrupted++;
      pace.interrupted(clock.monotonicMs());
      return this.#threads.evaluate(entrypoint, inputJson, time);
    } finally {
      const endMs = clock.monotonicMs();
      pace.took(endMs - startMs, processorStartMs && processorMs() - processorStartMs, endMs);
    }
  }

  /** As `evaluate`, but that it leaves no trace in paces and prints, and starts no thread. */
  #inBackground(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
    { mayBlock, pace }: Place,
  ): Evaluation | Promise<Evaluation> {
    const startMs = this.#clock.monotonicMs();
    const sliceMs = mayBlock ? 0 : pace.sliceAt(startMs);
    try {
      if (sliceMs > 0)
        return this.#local.evaluate(entrypoint, inputJson, this.#within(time, startMs + sliceMs));
    } catch (thrown) {
      if (!(thrown instanceof EvaluationInterrupted)) throw thrown;
    } finally {
      this.#prints.clear();
    }
    return this.#threads.evaluateIfIdle(entrypoint, inputJson, time);
  }

  /** In a policy thread always: explanations take long. */
  explain(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
    hidden: HiddenPlaces,
  ): Promise<Explained> {
    return this.#threads.explain(entrypoint, inputJson, time, hidden);
  }

  memory(): InstanceMemory {
    const local = this.#local.memory?.();
    const threads = this.#threads.memory();
    return {
      instances: (local?.instances ?? 0) + threads.instances,
      bytes: (local?.bytes ?? 0) + threads.bytes,
    };
  }

  close(): void {
    this.#detach();
    this.#local.close();
    this.#threads.close();
  }

  #within(time: EvaluationTime, interruptAtMs: number): EvaluationTime {
    if (interruptAtMs >= time.deadlineMs) return time;
    const { wallMs, deadlineMs, exactTime = false, background = false } = time;
    // Written out: spreading costs more than looking at the clock.
    return { wallMs, deadlineMs, interruptAtMs, exactTime, background };
  }
}

/** Processor time of this thread, milliseconds. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Holds what an evaluation prints until it has ended: one that is given up is done again, and would print twice. */
class PrintBuffer {
  readonly #sink: (message: string) => void;
  #messages: string[] = [];

  constructor(sink: (message: string) => void) {
    this.#sink = sink;
  }

  add(message: string): void {
    if (this.#messages.length < MAX_PRINTS) this.#messages.push(message);
  }

  flush(): void {
    if (this.#messages.length === 0) return;
    const messages = this.#messages;
    this.#messages = [];
    for (const message of messages) this.#sink(message);
  }

  clear(): void {
    if (this.#messages.length > 0) this.#messages = [];
  }
}
