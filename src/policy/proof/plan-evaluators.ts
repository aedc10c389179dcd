import type { ModuleDescriptor, PolicySetDescriptor } from '../descriptor.ts';
import type { PlanEvaluator } from '../plan/plan-evaluator.ts';

/** Larger base data is not read a second time on the thread that answers: some 40 ms a megabyte. */
export const MAX_PROVED_DATA_BYTES: number = 1 << 20;

/** Plan evaluators of one policy set, one for each module and each piece of data that its entrypoints are asked over. */
export class PlanEvaluators {
  readonly #descriptor: PolicySetDescriptor;
  readonly #create: (descriptor: PolicySetDescriptor) => PlanEvaluator;
  readonly #made = new Map<ModuleDescriptor, Map<Uint8Array, PlanEvaluator | undefined>>();

  constructor(descriptor: PolicySetDescriptor, create: (descriptor: PolicySetDescriptor) => PlanEvaluator) {
    this.#descriptor = descriptor;
    this.#create = create;
  }

  /** Whose entrypoint it is. */
  ownerOf(path: string): ModuleDescriptor {
    return this.#descriptor.modules.find(({ entrypoints }) => Object.hasOwn(entrypoints, path))!;
  }

  /** Undefined where the bundle binds no plan that can be read, where nothing is known of the data, and where that is too large. */
  over(path: string, dataJson: Uint8Array | undefined): PlanEvaluator | undefined {
    const owner = this.ownerOf(path);
    if (owner.plan === undefined || dataJson === undefined || dataJson.length > MAX_PROVED_DATA_BYTES)
      return undefined;
    const made = this.#made.get(owner) ?? new Map<Uint8Array, PlanEvaluator | undefined>();
    this.#made.set(owner, made);
    if (!made.has(dataJson)) made.set(dataJson, this.#evaluator(owner, dataJson));
    return made.get(dataJson);
  }

  #evaluator(owner: ModuleDescriptor, dataJson: Uint8Array): PlanEvaluator | undefined {
    const entrypoints = this.#descriptor.entrypoints.filter((path) => Object.hasOwn(owner.entrypoints, path));
    try {
      return this.#create({ ...this.#descriptor, entrypoints, dataJson });
    } catch {
      // Nothing is known by such a plan, either: its footprints are unknown, and say why.
      return undefined;
    }
  }
}
