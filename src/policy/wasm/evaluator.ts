import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { PortcullisError } from '../../errors.ts';
import type { Builtin } from '../builtins/builtin.ts';
import type { ModuleDescriptor, PolicySetDescriptor } from '../descriptor.ts';
import { EvaluationContext } from '../evaluation-context.ts';
import type { Evaluation, EvaluationTime, Evaluator, InstanceMemory } from '../evaluator.ts';
import type { NetworkAccess } from '../network/access.ts';
import type { RegoValue } from '../value.ts';
import { BuiltinCalls } from './builtin-calls.ts';
import type { HeapImage } from './heap-image.ts';
import { type InstanceHost, WasmInstance } from './instance.ts';
import { nestsDeeperThan } from './nesting.ts';
import { type Route, routesOf } from './routes.ts';
import { Standby } from './standby.ts';
import { TimeLimit } from './time-limit.ts';

/** By bundle, the instances of all evaluators that are not closed, the newest last. Kept by the evaluators. */
export type ServingInstances = Map<string, readonly Standby[]>;

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
  /** What `http.send` and `net.lookup_ip_addr` wait at; without it they fail the evaluation. */
  readonly network?: NetworkAccess;
  /** `time.now_ns` gives multiples of so many milliseconds. */
  readonly timeResolutionMs?: number;
  /** By bundle, what the base data has become in an instance of its module: then it is not read again. */
  readonly images?: ReadonlyMap<string, HeapImage>;
  /** Those of the evaluators that replace one another: large memories go from one to the next. */
  readonly serving?: ServingInstances;
  /** False: no second instance is kept for when one breaks. For evaluators that are soon closed. */
  readonly spares?: boolean;
}

const DEFAULT_MAX_MEMORY_BYTES = 1024 * 1024 * 1024;
const DEFAULT_MAX_INPUT_DEPTH = 1000;

/**
 * Loads a policy set's modules and data, ready to evaluate. Answers synchronously. A module that runs
 * past the deadline is interrupted; a builtin of the host that runs past it is not, but the evaluation ends before the next one.
 * @throws PortcullisError `bundle_builtin_unknown`, `bundle_entrypoint_unknown`, `bundle_entrypoint_conflict`,
 *   `bundle_data_invalid`, `bundle_data_too_large`
 */
export async function createWasmEvaluator(
  descriptor: PolicySetDescriptor,
  options: WasmEvaluatorOptions,
): Promise<Evaluator> {
  const standbys = new Map<string, Standby>();
  try {
    return await create(descriptor, options, standbys);
  } catch (thrown) {
    retire(standbys, options.serving);
    throw thrown;
  } finally {
    // A port keeps what nobody took.
    for (const image of options.images?.values() ?? []) image.pieces?.close();
  }
}

/** Adds what it made to `standbys`, also when it rejects. */
async function create(
  descriptor: PolicySetDescriptor,
  options: WasmEvaluatorOptions,
  standbys: Map<string, Standby>,
): Promise<Evaluator> {
  const context = new EvaluationContext({
    randomBytes: options.randomBytes ?? randomBytes,
    runtime: options.runtime ?? new Map(),
    onPrint: options.onPrint ?? (() => {}),
    network: options.network,
    timeResolutionMs: options.timeResolutionMs,
  });
  const limit = new TimeLimit(options.clock);
  const { builtins, images, maxMemoryBytes: maxBytes = DEFAULT_MAX_MEMORY_BYTES } = options;
  const hosts = new Map<ModuleDescriptor, InstanceHost>();
  const owners = routesOf(descriptor, (module) => {
    const calls = new BuiltinCalls(module, builtins, context);
    hosts.set(module, {
      wantsTexts: (id) => calls.wantsTexts(id),
      invoke: (id, operands) => calls.invoke(id, operands),
      print: (message) => calls.print(message),
      tick: () => limit.tick(),
    });
    return module;
  });
  for (const [module, host] of hosts) {
    const load = (): WasmInstance =>
      limit.whileLoading(module.bundle, () => WasmInstance.load(module, descriptor.dataJson, host, maxBytes));
    standbys.set(
      module.bundle,
      await standbyOf(module, images?.get(module.bundle), host, maxBytes, load, options),
    );
  }
  const routes = new Map<string, Route<Standby>>();
  for (const [path, { target, number }] of owners)
    routes.set(path, { target: standbys.get(target.bundle)!, number });
  return new WasmEvaluator(
    descriptor.name,
    routes,
    standbys,
    context,
    limit,
    options.maxInputDepth ?? DEFAULT_MAX_INPUT_DEPTH,
    options.serving,
  );
}

/** Out of the way of closures that stay, which would hold on to the image. */
async function standbyOf(
  module: ModuleDescriptor,
  image: HeapImage | undefined,
  host: InstanceHost,
  maxBytes: number,
  load: () => WasmInstance,
  { spares, serving }: Pick<WasmEvaluatorOptions, 'spares' | 'serving'>,
): Promise<Standby> {
  const others = serving?.get(module.bundle) ?? [];
  const before = others.at(-1);
  const used = image && image.memory === undefined ? before?.lend(module, maxBytes, image.end) : undefined;
  try {
    const first = image && (await WasmInstance.seeded(module, image, host, maxBytes, used));
    const standby = new Standby(load, first, spares, used && before);
    serving?.set(module.bundle, [...(serving.get(module.bundle) ?? []), standby]);
    return standby;
  } catch (thrown) {
    before?.takeBack(used);
    throw thrown;
  }
}

/** Closes instances, which serve no more. */
function retire(standbys: ReadonlyMap<string, Standby>, serving: ServingInstances | undefined): void {
  for (const [bundle, standby] of standbys) {
    standby.close();
    const others = serving?.get(bundle)?.filter((other) => other !== standby) ?? [];
    serving?.set(bundle, others);
  }
}

class WasmEvaluator implements Evaluator {
  readonly #policySet: string;
  readonly #routes: ReadonlyMap<string, Route<Standby>>;
  readonly #standbys: ReadonlyMap<string, Standby>;
  readonly #context: EvaluationContext;
  readonly #limit: TimeLimit;
  readonly #maxInputDepth: number;
  readonly #serving: ServingInstances | undefined;

  constructor(
    policySet: string,
    routes: ReadonlyMap<string, Route<Standby>>,
    standbys: ReadonlyMap<string, Standby>,
    context: EvaluationContext,
    limit: TimeLimit,
    maxInputDepth: number,
    serving: ServingInstances | undefined,
  ) {
    this.#policySet = policySet;
    this.#routes = routes;
    this.#standbys = standbys;
    this.#context = context;
    this.#limit = limit;
    this.#maxInputDepth = maxInputDepth;
    this.#serving = serving;
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
    const json = this.#run(route, inputJson, time);
    return this.#context.used ? this.#context.evaluation(json) : pureEvaluation(json);
  }

  memory(): InstanceMemory {
    const memories = Array.from(this.#standbys.values(), (standby) => standby.memory());
    return {
      instances: memories.reduce((sum, { instances }) => sum + instances, 0),
      bytes: memories.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  images(given?: boolean): ReadonlyMap<string, HeapImage> {
    const standbys = Array.from(this.#standbys);
    return new Map(standbys.map(([bundle, standby]) => [bundle, standby.current().image(given)]));
  }

  close(): void {
    retire(this.#standbys, this.#serving);
  }

  #run(
    { target, number }: Route<Standby>,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
  ): string | undefined {
    const context = this.#context;
    const limit = this.#limit;
    const instance = target.current();
    limit.begin(time);
    let json: string | undefined;
    try {
      limit.checkDeadline('before');
      context.begin(time.wallMs, time.exactTime);
      json = instance.evaluate(number, inputJson);
      limit.checkDeadline('after');
    } catch (thrown) {
      if (instance.broken) target.discard();
      throw context.failure ?? thrown;
    } finally {
      limit.end();
    }
    if (context.failure !== undefined) throw context.failure;
    return json;
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
