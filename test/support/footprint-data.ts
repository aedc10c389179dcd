/** Plans evaluated on a part of their base data. */
import type { Clock } from '../../src/clock.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { JsonObject } from '../../src/json/value.ts';
import type { Builtin } from '../../src/policy/builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../../src/policy/builtins/native/registry.ts';
import { encodeRego } from '../../src/policy/codec.ts';
import type { PolicySetDescriptor } from '../../src/policy/descriptor.ts';
import { EvaluationContext } from '../../src/policy/evaluation-context.ts';
import type { Evaluation, EvaluationTime } from '../../src/policy/evaluator.ts';
import { invokeBuiltin } from '../../src/policy/invoke-builtin.ts';
import type { NetworkAccess } from '../../src/policy/network/access.ts';
import type { ReadTree } from '../../src/policy/plan/footprint.ts';
import { jsonText } from '../../src/policy/plan/json-text.ts';
import { linkPlans, type PlanRoute } from '../../src/policy/plan/link.ts';
import { readDocument } from '../../src/policy/plan/read-document.ts';
import { Run } from '../../src/policy/plan/run.ts';
import { compileProjector } from '../../src/policy/projection/projector.ts';
import type { RegoValue } from '../../src/policy/value.ts';

const MAX_DEPTH = 1000;

interface Options {
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly network?: NetworkAccess;
}

/**
 * As the plan evaluator, which reads its data once and for all entrypoints; here each evaluation has data of its own, without
 * reading the plan again.
 */
export class PlanOnData {
  readonly #builtins: ReadonlyMap<string, Builtin>;
  readonly #clock: Clock;
  readonly #routes: ReadonlyMap<string, PlanRoute>;
  readonly #context: EvaluationContext;
  readonly #data: JsonObject;
  readonly #projected = new Map<ReadTree, RegoValue>();

  constructor(descriptor: PolicySetDescriptor, options: Options, data: JsonObject) {
    this.#builtins = new Map([...NATIVE_BUILTINS, ...options.builtins]);
    this.#clock = options.clock;
    this.#routes = linkPlans(descriptor, this.#builtins);
    this.#data = data;
    this.#context = new EvaluationContext({
      randomBytes: options.randomBytes,
      runtime: new Map(),
      onPrint: () => {},
      network: options.network,
    });
  }

  evaluate(
    entrypoint: string,
    tree: ReadTree,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
  ): Evaluation {
    const { linked, entrypoint: plan } = this.#routes.get(entrypoint)!;
    const input = inputJson === undefined ? undefined : readDocument(inputJson, MAX_DEPTH);
    this.#context.begin(time.wallMs);
    const look = (): void => {
      if (this.#clock.monotonicMs() < time.deadlineMs) return;
      throw new PortcullisError('deadline_exceeded', 'the deadline passed during the evaluation');
    };
    const invoke = (name: string, args: RegoValue[]): RegoValue | undefined => {
      const result = invokeBuiltin(this.#context, this.#builtins.get(name)!, args, () =>
        args.map(encodeRego),
      );
      if (this.#context.failure !== undefined) throw this.#context.failure;
      look();
      return result;
    };
    const run = new Run(linked.plan, { byPath: linked.byPath, invoke, look }, undefined);
    const [bindings] = run.entrypoint(plan, input, this.#dataThrough(tree));
    const value = bindings instanceof Map ? bindings.get('result') : undefined;
    return this.#context.evaluation(value === undefined ? undefined : jsonText(value));
  }

  #dataThrough(tree: ReadTree): RegoValue {
    let projected = this.#projected.get(tree);
    if (projected === undefined) {
      projected = readDocument(compileProjector(tree).project(this.#data).json!, MAX_DEPTH);
      this.#projected.set(tree, projected);
    }
    return projected;
  }
}
