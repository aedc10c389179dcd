import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import type { Builtin } from '../builtins/builtin.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import { EvaluationContext } from '../evaluation-context.ts';
import type { Evaluation, EvaluationTime, Evaluator } from '../evaluator.ts';
import type { RegoValue } from '../value.ts';
import { BuiltinCalls } from './builtin-calls.ts';
import { WasmInstance } from './instance.ts';
import { nestsDeeperThan } from './nesting.ts';
import { type Route, routesOf } from './routes.ts';
import { Standby } from './standby.ts';

export interface WasmEvaluatorOptions {
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly clock: Clock;
  /** What the memory of one instance may grow to, base data included. Two instances a module are kept. */
  readonly maxMemoryBytes?: number;
  /** How deep the input may nest. The module recurses; some 4,000 levels use up the stack. */
  readonly maxInputDepth?: number;
  readonly randomBytes?: (size: number) => Uint8Array;
  /** What `opa.runtime()` gives; empty when not given. */
  readonly runtime?: RegoValue;
  /** Where `print`, `trace` and the module's own messages go; nowhere when not given. */
  readonly onPrint?: (message: string) => void;
}

const DEFAULT_MAX_MEMORY_BYTES = 1024 * 1024 * 1024;
const DEFAULT_MAX_INPUT_DEPTH = 1000;

/**
 * Loads a policy set's modules and data, ready to evaluate. Answers synchronously; a loop inside a module is not
 * interrupted, so the deadline is looked at before and after.
 * @throws PortcullisError `bundle_builtin_unknown`, `bundle_entrypoint_unknown`, `bundle_entrypoint_conflict`,
 *   `bundle_data_invalid`, `bundle_data_too_large`
 */
export async function createWasmEvaluator(
  descriptor: PolicySetDescriptor,
  options: WasmEvaluatorOptions,
): Promise<Evaluator> {
  const context = new EvaluationContext({
    randomBytes: options.randomBytes ?? randomBytes,
    runtime: options.runtime ?? new Map(),
    onPrint: options.onPrint ?? (() => {}),
  });
  const maxBytes = options.maxMemoryBytes ?? DEFAULT_MAX_MEMORY_BYTES;
  const routes = routesOf(descriptor, (module) => {
    const calls = new BuiltinCalls(module, options.builtins, context);
    return new Standby(() => WasmInstance.load(module, descriptor.dataJson, calls, maxBytes));
  });
  return new WasmEvaluator(
    descriptor.name,
    routes,
    context,
    options.clock,
    options.maxInputDepth ?? DEFAULT_MAX_INPUT_DEPTH,
  );
}

class WasmEvaluator implements Evaluator {
  readonly #policySet: string;
  readonly #routes: ReadonlyMap<string, Route<Standby>>;
  readonly #context: EvaluationContext;
  readonly #clock: Clock;
  readonly #maxInputDepth: number;

  constructor(
    policySet: string,
    routes: ReadonlyMap<string, Route<Standby>>,
    context: EvaluationContext,
    clock: Clock,
    maxInputDepth: number,
  ) {
    this.#policySet = policySet;
    this.#routes = routes;
    this.#context = context;
    this.#clock = clock;
    this.#maxInputDepth = maxInputDepth;
  }

  evaluate(entrypoint: string, inputJson: Uint8Array | undefined, time: EvaluationTime): Evaluation {
    const route = this.#routes.get(entrypoint);
    if (route === undefined) {
      throw new PortcullisError(
        'unknown_entrypoint',
        `policy set "${this.#policySet}" offers no entrypoint "${entrypoint}"`,
      );
    }
    if (inputJson !== undefined && nestsDeeperThan(inputJson, this.#maxInputDepth)) {
      throw new PortcullisError(
        'evaluation_limit',
        `the input nests deeper than ${this.#maxInputDepth} levels`,
      );
    }
    this.#checkDeadline(time, 'before');
    const json = this.#run(route, inputJson, time.wallMs);
    this.#checkDeadline(time, 'after');
    return this.#context.used ? this.#context.evaluation(json) : pureEvaluation(json);
  }

  close(): void {
    for (const { target } of this.#routes.values()) target.close();
  }

  #run(
    { target, number }: Route<Standby>,
    inputJson: Uint8Array | undefined,
    wallMs: number,
  ): string | undefined {
    const context = this.#context;
    const instance = target.current();
    context.begin(wallMs);
    let json: string | undefined;
    try {
      json = instance.evaluate(number, inputJson);
    } catch (thrown) {
      if (instance.broken) target.discard();
      throw context.failure ?? thrown;
    }
    if (context.failure !== undefined) throw context.failure;
    return json;
  }

  #checkDeadline(time: EvaluationTime, when: string): void {
    if (this.#clock.monotonicMs() < time.deadlineMs) return;
    throw new PortcullisError('deadline_exceeded', `the deadline passed ${when} the evaluation`);
  }
}

/** Evaluations that called no builtin hold for ever; the usual answers are ready-made. */
function pureEvaluation(json: string | undefined): Evaluation {
  if (json === 'true') return TRUE;
  if (json === 'false') return FALSE;
  return json === undefined ? UNDEFINED : always(json);
}

function always(json: string | undefined): Evaluation {
  return {
    json,
    validFromMs: Number.NEGATIVE_INFINITY,
    validUntilMs: Number.POSITIVE_INFINITY,
    effects: [],
    nonDeterministic: undefined,
    builtinErrors: [],
  };
}

const TRUE = Object.freeze(always('true'));
const FALSE = Object.freeze(always('false'));
const UNDEFINED = Object.freeze(always(undefined));
