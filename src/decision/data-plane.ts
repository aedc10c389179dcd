import { type Clock, systemClock } from '../clock.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { Evaluator } from '../policy/evaluator.ts';
import { askLive } from '../policy/live-questions.ts';
import { Pauses } from '../policy/pauses.ts';
import type { PreparedPolicySet, Seeds } from '../policy/prepared.ts';
import type { DecisionCache } from './cache.ts';
import type { ActivePolicySets, DataPlaneControl, StagedPolicySet } from './planes.ts';
import { ActivePolicySet, Snapshot } from './snapshot.ts';

/** Builds the evaluator of a policy set, of the seeds where there are any. Rejects when the modules cannot be instantiated. */
export type EvaluatorFactory = (descriptor: PolicySetDescriptor, seeds: Seeds) => Promise<Evaluator>;

/** How long the questions of a staged policy set may hold the thread. */
const SLICE_MS = 1;

/** Holds the current snapshot and replaces it by one assignment. */
export class DataPlane implements DataPlaneControl, ActivePolicySets {
  readonly #configured: readonly string[];
  readonly #createEvaluator: EvaluatorFactory;
  readonly #cache: DecisionCache;
  readonly #clock: Clock;
  readonly #listeners = new Set<(policySet: string) => void>();
  #sets: ReadonlyMap<string, ActivePolicySet> = new Map();
  #unusable: ReadonlySet<string> = new Set();
  #current: Snapshot;

  /** `configured` names every policy set that can be asked. The cache keeps answers of what is active. */
  constructor(
    configured: readonly string[],
    createEvaluator: EvaluatorFactory,
    cache: DecisionCache,
    clock: Clock = systemClock,
  ) {
    this.#clock = clock;
    this.#configured = configured;
    this.#createEvaluator = createEvaluator;
    this.#cache = cache;
    this.#current = new Snapshot(configured, this.#sets, this.#unusable);
  }

  /** The current snapshot, held for the caller until it calls `release`. */
  lease(): Snapshot {
    return this.#current.lease();
  }

  async stage({ descriptor, seeds, questions }: PreparedPolicySet): Promise<StagedPolicySet> {
    const evaluator = await this.#createEvaluator(descriptor, seeds);
    try {
      await askLive(questions, evaluator, this.#clock, new Pauses(SLICE_MS));
    } catch (thrown) {
      evaluator.close();
      throw thrown;
    }
    return {
      activate: () => {
        const { name } = descriptor;
        const set = new ActivePolicySet(descriptor, evaluator, this.#cache);
        this.#swap(new Map(this.#sets).set(name, set), this.#unusable);
        this.#notify(name);
      },
      discard: () => evaluator.close(),
    };
  }

  setUsable(policySet: string, usable: boolean): void {
    if (usable === !this.#unusable.has(policySet)) return;
    const unusable = new Set(this.#unusable);
    if (usable) unusable.delete(policySet);
    else unusable.add(policySet);
    this.#swap(this.#sets, unusable);
    this.#notify(policySet);
  }

  active(): ReadonlyMap<string, PolicySetDescriptor> {
    const usable = [...this.#sets].filter(([name]) => !this.#unusable.has(name));
    return new Map(usable.map(([name, set]) => [name, set.descriptor]));
  }

  onChange(listener: (policySet: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Frees the current snapshot once its last decision has ended; every question is then `not_ready`. */
  close(): void {
    this.#swap(new Map(), new Set());
  }

  #swap(sets: ReadonlyMap<string, ActivePolicySet>, unusable: ReadonlySet<string>): void {
    const previous = this.#current;
    this.#sets = sets;
    this.#unusable = unusable;
    this.#current = new Snapshot(this.#configured, sets, unusable);
    previous.release();
  }

  #notify(policySet: string): void {
    for (const listener of this.#listeners) listener(policySet);
  }
}
