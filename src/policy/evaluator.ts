import type { Effect } from './builtins/builtin.ts';
import type { Explained } from './plan/explain/explain.ts';
import type { HiddenPlaces } from './plan/explain/secrets.ts';
import type { HeapImage } from './wasm/heap-image.ts';

/** The outcome of one evaluation, with all that a cache must know about it. */
export interface Evaluation {
  /** The entrypoint's value as JSON text as the module wrote it; undefined when the entrypoint is undefined. */
  readonly json: string | undefined;
  /** The value holds from here … (wall clock, milliseconds, inclusive; -Infinity when it always did) */
  readonly validFromMs: number;
  /** … until here (exclusive; Infinity when it always will). */
  readonly validUntilMs: number;
  /** What was really used, in no order. */
  readonly effects: readonly Effect[];
  /** Results of non-deterministic builtins by name and arguments, for the decision log; undefined when there were none. */
  readonly nonDeterministic: Readonly<Record<string, unknown>> | undefined;
  /** Messages of builtins that erred and so became undefined, each once; the first 100. */
  readonly builtinErrors: readonly string[];
}

/** When an evaluation happens and how long it may take. */
export interface EvaluationTime {
  /** Wall clock of this evaluation, milliseconds since the epoch. */
  readonly wallMs: number;
  /** On the monotonic clock, milliseconds. A running evaluation is interrupted when it passes: `deadline_exceeded`. */
  readonly deadlineMs: number;
  /**
   * On the monotonic clock, milliseconds; before the deadline. An evaluator that answers at once gives the evaluation up
   * when it passes and throws EvaluationInterrupted, so that the caller can have it done elsewhere. Never when not given.
   */
  readonly interruptAtMs?: number;
  /** `time.now_ns` gives this time, whatever resolution the operator set: for answers that are expected at a time. */
  readonly exactTime?: boolean;
  /**
   * Nobody waits for the answer, and others must not notice: what it prints goes nowhere, where other evaluations are done
   * does not change, and it rejects with `overloaded` where it needs a policy thread and none is idle.
   */
  readonly background?: boolean;
}

/**
 * An evaluation was given up at `interruptAtMs`, with its deadline still ahead. A signal inside the policy layer: whoever
 * gives `interruptAtMs` catches it. What the evaluation did (builtins called, prints) was done, and is done again by the next one.
 */
export class EvaluationInterrupted extends Error {
  override readonly name = 'EvaluationInterrupted';
}

/**
 * Evaluates the entrypoints of one policy set. Answers at once where it can.
 * Throws, or rejects with, PortcullisError: `unknown_entrypoint`, `evaluation_failed`, `evaluation_limit`, `deadline_exceeded`.
 */
export interface Evaluator {
  /** `inputJson` is valid JSON in UTF-8, or undefined for no input document. It is not kept. */
  evaluate(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
  ): Evaluation | Promise<Evaluation>;
  /** Tells why an entrypoint answers what it does, by its plan, away from this thread. Rejects as `evaluate`, and with `bundle_plan_missing`. */
  explain?(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
    hidden: HiddenPlaces,
  ): Promise<Explained>;
  /** What the instances of modules hold now, in this thread. */
  memory?(): InstanceMemory;
  /**
   * By bundle, what the base data has become in the instances of modules: others can be made of it, in other threads too. `given`: what is
   * large is not copied, but given away: for one evaluator in this thread, and this one is not to be asked again.
   */
  images?(given?: boolean): ReadonlyMap<string, HeapImage>;
  /** Frees everything. No evaluation may be under way. */
  close(): void;
}

/** Instances of modules, spares included, and what their memories have grown to. */
export interface InstanceMemory {
  readonly instances: number;
  readonly bytes: number;
}
