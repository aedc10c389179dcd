import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { Evaluator } from '../policy/evaluator.ts';

/**
 * What the control plane (reload) may do to a data plane (engine, cache). Descriptors are plain, transferable values, so
 * that data planes can live in other threads.
 */
export interface DataPlaneControl {
  /** Builds the policy set aside, to be proved and then activated or discarded. Rejects when it cannot be built. */
  stage(descriptor: PolicySetDescriptor): Promise<StagedPolicySet>;
  /** Makes a policy set answer `not_ready` (too old to be trusted), or usable again. */
  setUsable(policySet: string, usable: boolean): void;
}

/** A policy set beside the snapshot. End it by one of `activate` and `discard`. */
export interface StagedPolicySet {
  /** Answers as the policy set will. */
  readonly evaluator: Evaluator;
  /** Swaps it in by one assignment. Cannot fail. */
  activate(): void;
  discard(): void;
}

/** What services may know of the active snapshot. */
export interface ActivePolicySets {
  /** By name, what answers come from: a policy set without an active bundle, or too old to be trusted, is absent. */
  active(): ReadonlyMap<string, PolicySetDescriptor>;
  /** Calls back after each activation or change of usability, with the policy set's name. Returns the way to stop. */
  onChange(listener: (policySet: string) => void): () => void;
}

/** Figures of the decision cache. */
export interface CacheFigures {
  readonly enabled: boolean;
  readonly entries: number;
  readonly bytes: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** By reason. */
  readonly uncacheable: Readonly<Record<string, number>>;
}

/** What the admin service may do to the cache. */
export interface CacheControl {
  figures(): CacheFigures;
  /** Forgets everything; gives how many answers that was. */
  flush(): number;
}
