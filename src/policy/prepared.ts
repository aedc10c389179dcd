import type { PolicySetDescriptor } from './descriptor.ts';
import type { LiveQuestions } from './live-questions.ts';
import type { PlanParts } from './plan/plan-parts.ts';
import type { HeapImage } from './wasm/heap-image.ts';

/**
 * A policy set that passed every check, with what a data plane needs to serve it without long work of its own. Plain data, compiled modules
 * and shared memory only: it is posted to another thread as it is, and to several without copying what is large.
 */
export interface PreparedPolicySet {
  readonly descriptor: PolicySetDescriptor;
  readonly seeds: Seeds;
  /** Asked once more, of each instance that is to answer callers. */
  readonly questions: LiveQuestions;
}

/** What spares reading data and plans. By bundle name; what is not there is read. */
export interface Seeds {
  /** The base data as it lies in the memory of the module's instances. */
  readonly images: ReadonlyMap<string, HeapImage>;
  /** Plans that the evaluators of the data plane need. */
  readonly plans: ReadonlyMap<string, PlanParts>;
}

const NO_SEEDS: Seeds = { images: new Map(), plans: new Map() };

/** A policy set that nothing was prepared of, and that nobody asks before callers do: for tools and tests. */
export const unprepared = (descriptor: PolicySetDescriptor): PreparedPolicySet => ({
  descriptor,
  seeds: NO_SEEDS,
  questions: { entrypoints: [], vectors: [] },
});
