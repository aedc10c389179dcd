import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import type { Builtin } from '../builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../builtins/native/registry.ts';
import { encodeRego } from '../codec.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import { EvaluationContext } from '../evaluation-context.ts';
import { type Evaluation, EvaluationInterrupted, type EvaluationTime, type Evaluator } from '../evaluator.ts';
import { invokeBuiltin } from '../invoke-builtin.ts';
import type { NetworkAccess } from '../network/access.ts';
import type { RegoValue } from '../value.ts';
import { nestsDeeperThan } from '../wasm/nesting.ts';
import { tooDeep } from './faults.ts';
import type { Plan } from './ir.ts';
import { jsonText } from './json-text.ts';
import { linkPlans, type PlanRoute } from './link.ts';
import { MAX_DATA_DEPTH, readDocument } from './read-document.ts';
import { Run, type RunHost } from './run.ts';
import type { PlanTracer } from './tracer.ts';

export interface PlanEvaluatorOptions {
  /** By name. Those that modules implement themselves are there anyway. */
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly clock: Clock;
  /** How deep the input may nest. */
  readonly maxInputDepth?: number;
  readonly randomBytes?: (size: number) => Uint8Array;
  /** What `opa.runtime()` gives; empty when not given. */
  readonly runtime?: RegoValue;
  /** Where `print` and `trace` go; nowhere when not given. */
  readonly onPrint?: (message: string) => void;
  /** What `http.send` and `net.lookup_ip_addr` wait at; without it they fail the evaluation. */
  readonly network?: NetworkAccess;
  /** `time.now_ns` gives multiples of so many milliseconds. */
  readonly timeResolutionMs?: number;
}

const DEFAULT_MAX_INPUT_DEPTH = 1000;

/**
 * Reads a policy set's plans and data, ready to evaluate.
 * @throws PortcullisError `bundle_plan_missing`, `bundle_plan_invalid`, `bundle_builtin_unknown`, `bundle_entrypoint_unknown`,
 *   `bundle_entrypoint_conflict`, `bundle_data_invalid`
 */
export function createPlanEvaluator(
  descriptor: PolicySetDescriptor,
  options: PlanEvaluatorOptions,
): PlanEvaluator {
  return new PlanEvaluator(descriptor, options);
}

/**
 * Answers entrypoints by their plans, statement by statement: what a decision means, exactly as OPA has it (numbers of any size, sets and objects
 * in sorted order).
 */
export class PlanEvaluator implements Evaluator {
  readonly #descriptor: PolicySetDescriptor;
  readonly #options: PlanEvaluatorOptions;
  readonly #builtins: ReadonlyMap<string, Builtin>;
  readonly #routes: ReadonlyMap<string, PlanRoute>;
  readonly #data: RegoValue;
  readonly #context: EvaluationContext;
  #time: EvaluationTime = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };

  constructor(descriptor: PolicySetDescriptor, options: PlanEvaluatorOptions) {
    this.#descriptor = descriptor;
    this.#options = options;
    this.#builtins = new Map([...NATIVE_BUILTINS, ...options.builtins]);
    this.#routes = linkPlans(descriptor, this.#builtins);
    this.#data = dataOf(descriptor);
    this.#context = new EvaluationContext({
      randomBytes: options.randomBytes ?? randomBytes,
      runtime: options.runtime ?? new Map(),
      onPrint: options.onPrint ?? (() => {}),
      network: options.network,
      timeResolutionMs: options.timeResolutionMs,
    });
  }

  evaluate(entrypoint: string, inputJson: Uint8Array | undefined, time: EvaluationTime): Evaluation {
    return this.#evaluate(entrypoint, inputJson, time, undefined);
  }

  /** As `evaluate`, watched by the tracer. */
  trace(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
    tracer: PlanTracer,
  ): Evaluation {
    return this.#evaluate(entrypoint, inputJson, time, tracer);
  }

  /** The plan that answers an entrypoint. Throws `unknown_entrypoint`. */
  planOf(entrypoint: string): Plan {
    return this.#routeOf(entrypoint).linked.plan;
  }

  close(): void {}

  #evaluate(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
    tracer: PlanTracer | undefined,
  ): Evaluation {
    const route = this.#routeOf(entrypoint);
    this.#time = time;
    try {
      this.#checkDeadline('before');
      const input = this.#input(inputJson);
      this.#context.begin(time.wallMs, time.exactTime);
      const json = this.#run(route, input, tracer);
      this.#checkDeadline('after');
      return this.#context.evaluation(json);
    } catch (thrown) {
      // V8 raises it when the recursion into nested values uses up the stack.
      throw thrown instanceof RangeError ? tooDeep(thrown) : thrown;
    }
  }

  #routeOf(entrypoint: string): PlanRoute {
    const route = this.#routes.get(entrypoint);
    if (route !== undefined) return route;
    throw new PortcullisError(
      'unknown_entrypoint',
      `policy set "${this.#descriptor.name}" offers no entrypoint "${entrypoint}"`,
    );
  }

  #input(json: Uint8Array | undefined): RegoValue | undefined {
    if (json === undefined) return undefined;
    const maxDepth = this.#options.maxInputDepth ?? DEFAULT_MAX_INPUT_DEPTH;
    if (nestsDeeperThan(json, maxDepth)) {
      throw new PortcullisError('evaluation_limit', `the input nests deeper than ${maxDepth} levels`);
    }
    try {
      return readDocument(json, maxDepth);
    } catch (cause) {
      throw new PortcullisError('evaluation_failed', 'the input is not JSON', { cause });
    }
  }

  /** Gives the JSON text of the entrypoint's value; undefined when it has none. */
  #run(
    { linked, entrypoint }: PlanRoute,
    input: RegoValue | undefined,
    tracer: PlanTracer | undefined,
  ): string | undefined {
    const host: RunHost = {
      byPath: linked.byPath,
      invoke: (name, args) => this.#invoke(name, args, tracer),
      look: () => this.#look(),
    };
    const results = new Run(linked.plan, host, tracer).entrypoint(entrypoint, input, this.#data);
    const [bindings] = results;
    if (bindings === undefined) return undefined;
    const value = bindings instanceof Map && results.size === 1 ? bindings.get('result') : undefined;
    if (value !== undefined) return jsonText(value);
    throw new PortcullisError('evaluation_failed', 'the plan gave a result set of an unknown shape');
  }

  #invoke(name: string, args: RegoValue[], tracer: PlanTracer | undefined): RegoValue | undefined {
    const context = this.#context;
    const builtin = this.#builtins.get(name) as Builtin;
    const errors = tracer === undefined ? 0 : this.#errors().length;
    const result = invokeBuiltin(context, builtin, args, () => args.map(encodeRego));
    tracer?.builtin(name, args, result, context.failure?.message ?? this.#errors()[errors]);
    if (context.failure !== undefined) throw context.failure;
    // Builtins look at no clock, and each can take long.
    this.#look();
    return result;
  }

  #look(): void {
    const nowMs = this.#checkDeadline('during');
    if (nowMs < (this.#time.interruptAtMs ?? Number.POSITIVE_INFINITY)) return;
    throw new EvaluationInterrupted('the time that the evaluation may take in this thread is up');
  }

  /** Gives the time on the monotonic clock. */
  #checkDeadline(when: string): number {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs < this.#time.deadlineMs) return nowMs;
    throw new PortcullisError('deadline_exceeded', `the deadline passed ${when} the evaluation`);
  }

  #errors(): readonly string[] {
    return this.#context.evaluation(undefined).builtinErrors;
  }
}

function dataOf({ name, dataJson }: PolicySetDescriptor): RegoValue {
  try {
    return readDocument(dataJson, MAX_DATA_DEPTH);
  } catch (cause) {
    throw new PortcullisError('bundle_data_invalid', `the data of policy set "${name}" cannot be read`, {
      cause,
    });
  }
}
