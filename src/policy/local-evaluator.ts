import type { PolicySetDescriptor } from './descriptor.ts';
import type { Evaluation, EvaluationTime, Evaluator, InstanceMemory } from './evaluator.ts';
import { Pauses } from './pauses.ts';
import type { Plan } from './plan/ir.ts';
import { createPlanEvaluator } from './plan/plan-evaluator.ts';
import { rememberPlan } from './plan/plan-of.ts';
import { type PlanParts, readPlanParts } from './plan/plan-parts.ts';
import { withTimeWindows } from './time-windows/windowed-evaluator.ts';
import { createWasmEvaluator, type WasmEvaluatorOptions } from './wasm/evaluator.ts';
import type { HeapImage } from './wasm/heap-image.ts';

export interface LocalEvaluatorOptions extends WasmEvaluatorOptions {
  /** By bundle, plans that are evaluated here, in pieces: then they are read piece by piece. */
  readonly plans?: ReadonlyMap<string, PlanParts>;
}

/** How long reading plans may hold the thread. */
const SLICE_MS = 1;

/**
 * Everything that answers a policy set's entrypoints in the thread that calls it: modules, and plans for those that are
 * `planned`; with the windows in which answers hold that used the clock, where plans tell. The same in the main thread and in policy threads, so that an evaluation means the same wherever it happens.
 * Rejects with what createWasmEvaluator and createPlanEvaluator throw.
 */
export async function createLocalEvaluator(
  descriptor: PolicySetDescriptor,
  options: LocalEvaluatorOptions,
): Promise<Evaluator> {
  // Nobody holds on to images: they are as large as what is made of them.
  const { images, plans: parts, ...rest } = options;
  // Held until the evaluators hold them.
  const plans = await readPlans(descriptor, parts);
  const evaluator = withTimeWindows(descriptor, await answering(descriptor, rest, images), rest);
  plans.length = 0;
  return evaluator;
}

async function readPlans(
  { modules }: PolicySetDescriptor,
  parts: LocalEvaluatorOptions['plans'],
): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const { bundle, plan } of modules) {
    const pieces = parts?.get(bundle);
    if (plan === undefined || pieces === undefined) continue;
    const read = await readPlanParts(pieces, new Pauses(SLICE_MS));
    rememberPlan(plan, read);
    plans.push(read);
  }
  return plans;
}

async function answering(
  descriptor: PolicySetDescriptor,
  options: Omit<LocalEvaluatorOptions, 'images' | 'plans'>,
  images: LocalEvaluatorOptions['images'],
): Promise<Evaluator> {
  const planned = new Set(descriptor.planned);
  const seeded = images === undefined ? options : { ...options, images };
  if (planned.size === 0) return createWasmEvaluator(descriptor, seeded);
  const only = (wanted: boolean): PolicySetDescriptor => ({
    ...descriptor,
    entrypoints: descriptor.entrypoints.filter((path) => planned.has(path) === wanted),
  });
  const plans = createPlanEvaluator(only(true), options);
  return new LocalEvaluator(await createWasmEvaluator(only(false), seeded), plans, planned);
}

class LocalEvaluator implements Evaluator {
  readonly #modules: Evaluator;
  readonly #plans: Evaluator;
  readonly #planned: ReadonlySet<string>;

  constructor(modules: Evaluator, plans: Evaluator, planned: ReadonlySet<string>) {
    this.#modules = modules;
    this.#plans = plans;
    this.#planned = planned;
  }

  evaluate(
    entrypoint: string,
    inputJson: Uint8Array | undefined,
    time: EvaluationTime,
  ): Evaluation | Promise<Evaluation> {
    const evaluator = this.#planned.has(entrypoint) ? this.#plans : this.#modules;
    return evaluator.evaluate(entrypoint, inputJson, time);
  }

  memory(): InstanceMemory {
    return this.#modules.memory?.() ?? { instances: 0, bytes: 0 };
  }

  images(given?: boolean): ReadonlyMap<string, HeapImage> {
    return this.#modules.images?.(given) ?? new Map();
  }

  close(): void {
    this.#modules.close();
    this.#plans.close();
  }
}
