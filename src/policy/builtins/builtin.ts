import type { NetworkAccess } from '../network/access.ts';
import type { RegoValue } from '../value.ts';

/**
 * What a builtin's result can depend on beyond its arguments.
 * `window` is good for the validity window it reported; `clock` and `random` hold for one evaluation only;
 * `host` is fixed while the process runs; `print` has a side effect but no influence.
 */
export type Effect = 'window' | 'clock' | 'network' | 'random' | 'host' | 'print';

/** What one evaluation offers its builtins. */
export interface BuiltinContext {
  /** Wall clock of this evaluation in ns since the epoch: the same at each call. Does not record an effect by itself. */
  readonly nowNs: bigint;
  /**
   * What `time.now_ns` gives: the same, or where the operator set a time resolution the start of the quantum that `nowNs` lies in,
   * to which the span is narrowed then.
   */
  policyNowNs(): bigint;
  /** Narrows the span in which the result of this evaluation holds: [fromMs, untilMs) on the wall clock, milliseconds. */
  narrow(fromMs: number, untilMs: number): void;
  /** Random bytes. Inject for tests. */
  randomBytes(size: number): Uint8Array;
  /** Results kept for the length of this evaluation, by builtin and arguments (`uuid.rfc4122`, `rand.intn`). */
  readonly memo: Map<string, RegoValue>;
  /** What `opa.runtime()` gives: empty unless the operator lists variables. */
  readonly runtime: RegoValue;
  /** Where `print` and `trace` go. */
  print(message: string): void;
  /** Undefined where an evaluation must not wait, as in the main thread. */
  readonly network?: NetworkAccess | undefined;
}

/** What the record of a call shows. */
export interface RecordedCall {
  readonly args: readonly RegoValue[];
  readonly result: RegoValue;
}

/** One host builtin. `effects` is what it *may* have; a call records them when it happens. */
export interface Builtin {
  readonly name: string;
  readonly effects: readonly Effect[];
  /** Operands or result are secrets: of a call that a decision would record, only the builtin's name is. */
  readonly secret?: true;
  /** A call as a decision may record it, secrets replaced. Without it a call is recorded as it is. */
  readonly record?: (call: RecordedCall) => RecordedCall;
  /** Gives undefined where OPA's result is undefined. Throws BuiltinError where OPA's builtin errs. */
  readonly call: (context: BuiltinContext, ...args: RegoValue[]) => RegoValue | undefined;
}

/**
 * A builtin's error: its result is undefined, as in OPA without strict errors, and the evaluation records the message.
 * With `halt` the whole evaluation fails, as OPA's topdown.Halt does.
 */
export class BuiltinError extends Error {
  override readonly name = 'BuiltinError';
  readonly halt: boolean;
  constructor(message: string, options?: { halt?: boolean; cause?: unknown }) {
    super(message, options);
    this.halt = options?.halt ?? false;
  }
}
