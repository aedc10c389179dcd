// oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows
import { parentPort, workerData } from 'node:worker_threads';
import { toPortcullisError } from '../../errors.ts';
import type { Builtin } from '../builtins/builtin.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import { EvaluationInterrupted, type Evaluator } from '../evaluator.ts';
import { createLocalEvaluator, type LocalEvaluatorOptions } from '../local-evaluator.ts';
import type { NetworkAccess, NetworkReply } from '../network/access.ts';
import { explainEntrypoint } from '../plan/explain/explain.ts';
import { createPlanEvaluator, type PlanEvaluator } from '../plan/plan-evaluator.ts';
import { BlockingCaller, type BlockingEnd } from './blocking-channel.ts';
import type {
  JobMessage,
  ThreadAnswer,
  ThreadData,
  ThreadMessage,
  ThreadWork,
  WireFailure,
  WorkKind,
} from './protocol.ts';
import { threadClock } from './thread-clock.ts';
import { toWire } from './wire-evaluation.ts';

/** Prints of one evaluation that are kept for the main thread: policies that run away print for ever. */
const MAX_PRINTS = 1000;

/** When the work at hand must end, on the thread clock in milliseconds. */
interface WorkTime {
  readonly deadlineMs: number;
  readonly interruptAtMs?: number;
}

type Workers = {
  readonly [Kind in WorkKind]: (
    job: ThreadWork[Kind]['job'],
    time: WorkTime,
  ) => ThreadWork[Kind]['result'] | Promise<ThreadWork[Kind]['result']>;
};

/**
 * The whole life of a policy thread: builds what answers the policy set from `workerData`, says so, and does one job
 * after the other until it is ended.
 */
export async function serveThread(builtins: ReadonlyMap<string, Builtin>): Promise<void> {
  const port = parentPort!;
  const post = (message: ThreadMessage): void => port.postMessage(message);
  let prints: string[] = [];
  try {
    const { descriptor, images, maxMemoryBytes, maxInputDepth, runtime, timeResolutionMs, network } =
      workerData as ThreadData;
    let deadlineMs = Infinity;
    const options: LocalEvaluatorOptions = {
      builtins,
      clock: threadClock,
      ...(images !== undefined && { images }),
      ...(maxMemoryBytes !== undefined && { maxMemoryBytes }),
      ...(maxInputDepth !== undefined && { maxInputDepth }),
      ...(runtime !== undefined && { runtime }),
      ...(timeResolutionMs !== undefined && { timeResolutionMs }),
      ...(network !== undefined && { network: accessThrough(network, () => deadlineMs) }),
      onPrint: (message) => {
        if (prints.length < MAX_PRINTS) prints.push(message);
      },
    };
    const evaluator = await createLocalEvaluator(descriptor, options);
    const workers: Workers = {
      evaluate: evaluateWith(evaluator),
      explain: explainWith(descriptor, options),
    };
    const answer = async (message: JobMessage): Promise<void> => {
      prints = [];
      ({ deadlineMs } = message);
      const answered = await answerOf(workers, message, () => prints);
      post({ kind: 'answer', answer: answered, memory: evaluator.memory?.() });
    };
    port.on('message', (message: JobMessage) => void answer(message));
    post({ kind: 'ready', memory: evaluator.memory?.() });
  } catch (thrown) {
    post({ kind: 'refused', failure: failureOf(thrown) });
  }
}

const evaluateWith =
  (evaluator: Evaluator): Workers['evaluate'] =>
  async ({ entrypoint, inputJson, wallMs, exactTime }, time) =>
    toWire(await evaluator.evaluate(entrypoint, inputJson, { wallMs, exactTime, ...time }));

/** The plan is read when the first explanation is asked for. */
const explainWith = (descriptor: PolicySetDescriptor, options: LocalEvaluatorOptions): Workers['explain'] => {
  let plans: PlanEvaluator | undefined;
  return ({ entrypoint, inputJson, wallMs, exactTime, hidden }, time) => {
    plans ??= createPlanEvaluator(descriptor, options);
    return explainEntrypoint(
      plans,
      descriptor,
      entrypoint,
      inputJson,
      { wallMs, exactTime, ...time },
      { hidden },
    );
  };
};

/** Requests go to the main thread; this one sleeps meanwhile. */
function accessThrough(end: BlockingEnd, deadlineMs: () => number): NetworkAccess {
  const caller = new BlockingCaller(end);
  return {
    call: (request) => caller.call(request, deadlineMs() - threadClock.monotonicMs()) as NetworkReply,
  };
}

async function answerOf(
  workers: Workers,
  { job, deadlineMs, sliceMs }: JobMessage,
  prints: () => readonly string[],
): Promise<ThreadAnswer> {
  const interruptAtMs = sliceMs === undefined ? Infinity : threadClock.monotonicMs() + sliceMs;
  try {
    const time = interruptAtMs < deadlineMs ? { deadlineMs, interruptAtMs } : { deadlineMs };
    return {
      kind: 'done',
      result: await (job.kind === 'evaluate' ? workers.evaluate(job, time) : workers.explain(job, time)),
      prints: prints(),
    };
  } catch (thrown) {
    if (thrown instanceof EvaluationInterrupted) return { kind: 'interrupted' };
    return { kind: 'failed', failure: failureOf(thrown), prints: prints() };
  }
}

/** With what caused it: the cause itself stays in this thread. */
function failureOf(thrown: unknown): WireFailure {
  const { code, message, cause } = toPortcullisError(thrown);
  const stack = code === 'internal' && cause instanceof Error ? `: ${cause.stack}` : '';
  return { code, message: `${message}${stack}` };
}
