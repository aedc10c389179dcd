import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { Evaluator } from '../policy/evaluator.ts';
import { type Footprint, type ReadTree, WHOLE } from '../policy/plan/footprint.ts';
import type { Projector } from '../policy/projection/projection.ts';
import { compileProjector, WHOLE_PROJECTOR } from '../policy/projection/projector.ts';
import type { EntrypointCache, KeyedAnswers } from './cache.ts';
import type { Provenance } from './decision.ts';
import { keyPrefix, treeText } from './key.ts';

/** One entrypoint of an active policy set, with everything a decision needs prepared. */
export class ActiveEntrypoint {
  readonly path: string;
  readonly provenance: Provenance;
  readonly evaluator: Evaluator;
  /** What of the cache belongs to it, whatever is active; … */
  readonly cache: EntrypointCache;
  /** … and to what it is now: policy, data, footprint and evaluator. */
  readonly answers: KeyedAnswers;
  /** What its footprint says of the clock. */
  readonly clock: Footprint['clock'];
  /** Lets through what its footprint says that it can see of the input. */
  readonly footprintProjector: Projector;
  readonly #policyDigest: string;
  /** Whether asking it once more has no effects: where that is not known, it may reach the network. */
  readonly #repeatable: boolean;

  constructor(
    descriptor: PolicySetDescriptor,
    path: string,
    digest: string,
    evaluator: Evaluator,
    cache: EntrypointCache,
  ) {
    const { name, policyDigest, revisions, footprints } = descriptor;
    const { effects, clock = 'free' } = footprints?.get(path) ?? {};
    const tree = treeOf(descriptor, path);
    this.path = path;
    this.provenance = { policySet: name, entrypoint: path, revisions, digest };
    this.evaluator = evaluator;
    this.cache = cache;
    this.answers = cache.answers(answersPrefix(descriptor, path, tree), policyDigest);
    this.#policyDigest = policyDigest;
    this.clock = clock;
    this.footprintProjector = compileProjector(tree);
    this.#repeatable = effects !== undefined && !effects.has('network') && !effects.has('random');
  }

  /** Lets through what the entrypoint can see of the input; everything, once its footprint was caught wrong. */
  get projector(): Projector {
    return this.distrusted ? WHOLE_PROJECTOR : this.footprintProjector;
  }

  /**
   * Whether its footprint was caught wrong. What is projected by it is no good then, neither to evaluate nor as a key. That
   * lasts until another policy is active, whose footprint is another one, or until the operator turns the entrypoint on.
   */
  get distrusted(): boolean {
    return this.cache.distrusts(this.#policyDigest);
  }

  /** Its footprint was caught wrong. */
  distrust(): void {
    this.cache.distrust(this.#policyDigest);
  }

  /** Whether its answers can be, and need to be, verified from the whole input. */
  get verifiable(): boolean {
    return this.#repeatable && !this.distrusted;
  }
}

/** What two versions of an entrypoint must have in common to share answers, beside the projection of the input. */
export function answersPrefix(
  { name, policyDigest, dataDigest, dataDigests, planned }: PolicySetDescriptor,
  path: string,
  tree: ReadTree,
): string {
  const seen = dataDigests?.get(path);
  return keyPrefix([
    name,
    path,
    planned?.includes(path) === true ? 'plan' : 'module',
    policyDigest,
    seen === undefined ? 'data' : 'seen data',
    seen ?? dataDigest,
    treeText(tree),
  ]);
}

/** Everything, where nothing is known. */
function treeOf({ footprints }: PolicySetDescriptor, entrypoint: string): ReadTree {
  return footprints?.get(entrypoint)?.input ?? WHOLE;
}
