import type { PolicySetDescriptor } from '../policy/descriptor.ts';

/**
 * What the control plane (reload) may do to a data plane (engine, cache). Only plain, transferable values cross, so
 * that data planes can live in other threads.
 */
export interface DataPlaneControl {
  /** Builds the policy set aside and swaps it in by one assignment. Rejects, changing nothing, when it cannot be built. */
  activate(descriptor: PolicySetDescriptor): Promise<void>;
  /** Makes a policy set answer `not_ready` (too old to be trusted), or usable again. */
  setUsable(policySet: string, usable: boolean): void;
}

/** What services may know of the active snapshot. */
export interface ActivePolicySets {
  /** By name; a policy set without an active bundle is absent. */
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
