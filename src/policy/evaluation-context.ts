import { PortcullisError } from '../errors.ts';
import type { JsonValue } from '../json/value.ts';
import type { Builtin, BuiltinContext, Effect } from './builtins/builtin.ts';
import { encodeRego, toJson } from './codec.ts';
import type { Evaluation } from './evaluator.ts';
import type { NetworkAccess } from './network/access.ts';
import { RECORDED } from './recorded-effects.ts';
import { sameJson } from './same-json.ts';
import type { RegoValue } from './value.ts';

export interface ContextOptions {
  readonly randomBytes: (size: number) => Uint8Array;
  readonly runtime: RegoValue;
  readonly onPrint: (message: string) => void;
  /** Undefined where evaluations must not wait. */
  readonly network?: NetworkAccess | undefined;
  /** `time.now_ns` gives multiples of so many milliseconds, and nothing else does; undefined: it gives the time itself. */
  readonly timeResolutionMs?: number | undefined;
}

/** A loop may call a builtin that errs a million times; all would go to the decision log. */
const MAX_ERRORS = 100;

/**
 * What the builtins of one evaluation see and leave behind. One object serves all evaluations of a policy set, one at
 * a time: `begin` costs next to nothing when the builtins of the evaluation before left nothing behind.
 */
export class EvaluationContext implements BuiltinContext {
  readonly memo: Map<string, RegoValue> = new Map();
  readonly runtime: RegoValue;
  readonly network: NetworkAccess | undefined;
  readonly #options: ContextOptions;
  #wallMs = 0;
  #resolutionMs: number | undefined;
  #used = false;
  #fromMs = Number.NEGATIVE_INFINITY;
  #untilMs = Number.POSITIVE_INFINITY;
  #effects = new Set<Effect>();
  #errors = new Set<string>();
  #recorded: Record<string, Record<string, JsonValue>> | undefined;
  #failure: PortcullisError | undefined;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.runtime = options.runtime;
    this.network = options.network;
  }

  /** Starts an evaluation at a wall-clock time in milliseconds. With `exactTime`, `time.now_ns` has no resolution. */
  begin(wallMs: number, exactTime = false): void {
    this.#wallMs = wallMs;
    this.#resolutionMs = exactTime ? undefined : this.#options.timeResolutionMs;
    if (!this.#used) return;
    this.#used = false;
    this.#fromMs = Number.NEGATIVE_INFINITY;
    this.#untilMs = Number.POSITIVE_INFINITY;
    this.#effects = new Set();
    this.#errors = new Set();
    this.#recorded = undefined;
    this.#failure = undefined;
    this.memo.clear();
  }

  /** Whether builtins left anything behind since `begin`: effects, errors, a failure. Most only compute. */
  get used(): boolean {
    return this.#used;
  }

  /** Why the evaluation fails, whatever the module makes of it. */
  get failure(): PortcullisError | undefined {
    return this.#failure;
  }

  get nowNs(): bigint {
    const wholeMs = Math.floor(this.#wallMs);
    // Never the next millisecond: windows are told in milliseconds.
    const ns = Math.min(Math.round((this.#wallMs - wholeMs) * 1e6), 999_999);
    return BigInt(wholeMs) * 1_000_000n + BigInt(ns);
  }

  policyNowNs(): bigint {
    if (this.#resolutionMs === undefined) return this.nowNs;
    const startMs = quantumStartMs(this.#wallMs, this.#resolutionMs);
    this.narrow(startMs, startMs + this.#resolutionMs);
    return BigInt(startMs) * 1_000_000n;
  }

  /** A bound that is not a number makes the window one that no time is in. */
  narrow(fromMs: number, untilMs: number): void {
    this.#used = true;
    this.#fromMs = Math.max(this.#fromMs, fromMs);
    this.#untilMs = Math.min(this.#untilMs, untilMs);
  }

  randomBytes(size: number): Uint8Array {
    return this.#options.randomBytes(size);
  }

  print(message: string): void {
    this.#options.onPrint(message);
  }

  /** Before a builtin is called. */
  calling(builtin: Builtin): void {
    if (builtin.effects.length === 0) return;
    this.#used = true;
    for (const effect of builtin.effects) this.#effects.add(this.#effectOf(effect));
  }

  /** Of a time that has a resolution, an evaluation sees the quantum, which is a window. */
  #effectOf(effect: Effect): Effect {
    return effect === 'clock' && this.#resolutionMs !== undefined ? 'window' : effect;
  }

  /** After a builtin gave a result. `texts` gives its arguments as Rego text. */
  called(
    builtin: Builtin,
    args: readonly RegoValue[],
    texts: () => readonly string[],
    result: RegoValue,
  ): void {
    if (!builtin.effects.some((effect) => RECORDED.has(effect))) return;
    this.#recorded ??= Object.create(null) as Record<string, Record<string, JsonValue>>;
    const results = (this.#recorded[builtin.name] ??= Object.create(null) as Record<string, JsonValue>);
    if (builtin.secret === true) return;
    if (builtin.record === undefined) {
      results[`[${texts().join(', ')}]`] = toJson(result);
      return;
    }
    const shown = builtin.record({ args, result });
    const key = `[${shown.args.map(encodeRego).join(', ')}]`;
    // Calls that differ only in what is not shown must not hide one another; a call made again has the same result.
    const json = toJson(shown.result);
    let free = key;
    for (let i = 2; free in results && !sameJson(results[free]!, json); i++) free = `${key} (${i})`;
    results[free] = json;
  }

  /** A builtin erred, and so is undefined. Of many messages the first are kept, each once. */
  erred(message: string): void {
    this.#used = true;
    if (this.#errors.size < MAX_ERRORS) this.#errors.add(message);
  }

  /** A builtin failed the evaluation, or the time ran out while it waited. The first failure counts. */
  fail(message: string, cause?: unknown): void {
    this.#used = true;
    const ranOut = cause instanceof PortcullisError && cause.code === 'deadline_exceeded';
    this.#failure ??= new PortcullisError(ranOut ? 'deadline_exceeded' : 'evaluation_failed', message, {
      cause,
    });
  }

  /** The evaluation with what its builtins left behind. */
  evaluation(json: string | undefined): Evaluation {
    return {
      json,
      validFromMs: this.#fromMs,
      validUntilMs: this.#untilMs,
      effects: [...this.#effects],
      nonDeterministic: this.#recorded,
      builtinErrors: [...this.#errors],
    };
  }
}

/** Counted from the epoch, also before it. Exact: both are whole milliseconds. */
function quantumStartMs(wallMs: number, resolutionMs: number): number {
  const wholeMs = Math.floor(wallMs);
  const intoQuantumMs = wholeMs % resolutionMs;
  return wholeMs - (intoQuantumMs < 0 ? intoQuantumMs + resolutionMs : intoQuantumMs);
}
