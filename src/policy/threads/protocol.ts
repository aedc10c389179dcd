/** What the main thread and a policy thread say to each other. All of it is plain data. */
import type { ErrorCode } from '../../errors.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import type { Evaluation, InstanceMemory } from '../evaluator.ts';
import type { Explained } from '../plan/explain/explain.ts';
import type { HiddenPlaces } from '../plan/explain/secrets.ts';
import type { RegoValue } from '../value.ts';
import type { HeapImage } from '../wasm/heap-image.ts';
import type { BlockingEnd } from './blocking-channel.ts';

/** What a thread is started with. */
export interface ThreadData {
  /** Its data lies in shared memory. */
  readonly descriptor: PolicySetDescriptor;
  /** Of the base data, where it is small enough to be kept: it is read otherwise. */
  readonly images: ReadonlyMap<string, HeapImage> | undefined;
  readonly maxMemoryBytes: number | undefined;
  readonly maxInputDepth: number | undefined;
  readonly runtime: RegoValue | undefined;
  readonly timeResolutionMs: number | undefined;
  /** For builtins that use the network; undefined where there is none. */
  readonly network: BlockingEnd | undefined;
}

/**
 * The kinds of work and what each gives. A kind is added here, and in the table of `serve-thread.ts` that does the work;
 * queue, deadline and replacement are the same for all.
 */
export interface ThreadWork {
  readonly evaluate: { readonly job: EvaluateJob; readonly result: WireEvaluation };
  readonly explain: { readonly job: ExplainJob; readonly result: Explained };
}

export type WorkKind = keyof ThreadWork;
export type ThreadJob = ThreadWork[WorkKind]['job'];
export type ThreadResult<Job extends ThreadJob = ThreadJob> = ThreadWork[Job['kind']]['result'];

export interface EvaluateJob {
  readonly kind: 'evaluate';
  readonly entrypoint: string;
  readonly inputJson: Uint8Array | undefined;
  /** Wall clock of the evaluation, milliseconds. */
  readonly wallMs: number;
  readonly exactTime: boolean;
  /** Whether it may be given up and done again: an evaluation that may ask the network may not. */
  readonly repeatable: boolean;
  /** What it prints goes nowhere. */
  readonly quiet?: boolean;
}

export interface ExplainJob extends Omit<EvaluateJob, 'kind'> {
  readonly kind: 'explain';
  readonly hidden: HiddenPlaces;
}

/** An evaluation whose recorded results are JSON text: numbers that keep their text do not survive a structured clone. */
export interface WireEvaluation extends Omit<Evaluation, 'nonDeterministic'> {
  readonly nonDeterministicJson: string | undefined;
}

/** From the main thread: one job at a time. */
export interface JobMessage {
  readonly job: ThreadJob;
  /** On the thread clock, milliseconds; Infinity for none. */
  readonly deadlineMs: number;
  /** How long it may run before it is given up to be tried again later, milliseconds. Undefined: to the deadline. */
  readonly sliceMs: number | undefined;
}

export interface WireFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** From a thread: once at its start, then once for each job. */
export type ThreadMessage =
  | { readonly kind: 'ready'; readonly memory: InstanceMemory | undefined }
  | { readonly kind: 'refused'; readonly failure: WireFailure }
  | { readonly kind: 'answer'; readonly answer: ThreadAnswer; readonly memory: InstanceMemory | undefined };

export type ThreadAnswer =
  | { readonly kind: 'done'; readonly result: ThreadResult; readonly prints: readonly string[] }
  | { readonly kind: 'failed'; readonly failure: WireFailure; readonly prints: readonly string[] }
  | { readonly kind: 'interrupted' };
