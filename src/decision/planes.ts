import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { PreparedPolicySet } from '../policy/prepared.ts';

/**
 * What the control plane (reload) may do to a data plane (engine, cache). What it hands over is plain and transferable, so
 * that data planes can live in other threads: posted to several, it is prepared once.
 */
export interface DataPlaneControl {
  /**
   * Builds the policy set aside and asks it what it must answer, between requests. To be activated or discarded then. Rejects when it cannot be
   * built, and with `bundle_vectors_failed` or `bundle_smoke_failed`.
   */
  stage(prepared: PreparedPolicySet): Promise<StagedPolicySet>;
  /** Makes a policy set answer `not_ready` (too old to be trusted), or usable again. */
  setUsable(policySet: string, usable: boolean): void;
}

/** A policy set beside the snapshot. End it by one of `activate` and `discard`. */
export interface StagedPolicySet {
  /** Swaps it in by one assignment. Cannot fail. With data planes in other threads, all answer from it once the promise resolves. */
  activate(): void | Promise<void>;
  discard(): void;
}

/** What services may know of the active snapshot. */
export interface ActivePolicySets {
  /** By name, what answers come from: a policy set without an active bundle, or too old to be trusted, is absent. */
  active(): ReadonlyMap<string, PolicySetDescriptor>;
  /** Calls back after each activation or change of usability, with the policy set's name. Returns the way to stop. */
  onChange(listener: (policySet: string) => void): () => void;
}

/** Why an entrypoint is answered without the cache. `difference`: shadow verification found an answer that was wrong. */
export type OffReason = 'configuration' | 'operator' | 'difference';

/** What shadow verification did with the answers of an entrypoint. */
export interface ShadowFigures {
  /** Answers that were compared with that of the whole input, and how many of them were wrong. */
  checked: number;
  differed: number;
  /** Answers that could not be compared: the evaluation of the whole input failed. */
  failed: number;
  /** Answers that were chosen, but not evaluated, because that would have cost too much. */
  skipped: number;
}

/** Answers dropped for room, by what they had been good for. */
export interface EvictionFigures {
  /** Asked once: what a flood of unique questions leaves. */
  once: number;
  /** Asked again, but never protected: again right away, or too late. */
  again: number;
  /** Once protected: the working set does not fit. */
  hot: number;
}

/** What all parts of the cache count. */
interface CacheCounts {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  /** By reason. */
  readonly uncacheable: Readonly<Record<string, number>>;
}

/** Figures of one entrypoint. */
export interface CacheRow extends CacheCounts {
  readonly policySet: string;
  readonly entrypoint: string;
  /** Answers dropped for room. */
  readonly evicted: Readonly<EvictionFigures>;
  /** Undefined while it is on. */
  readonly offReason: OffReason | undefined;
  readonly shadow: Readonly<ShadowFigures>;
}

/** Figures of the decision cache: of all of it, and of each entrypoint. */
export interface CacheFigures extends CacheCounts {
  readonly enabled: boolean;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly evictions: number;
  readonly rows: readonly CacheRow[];
}

/** What of the cache is meant: everything, a policy set, or one entrypoint of it. */
export interface CacheScope {
  readonly policySet?: string;
  readonly entrypoint?: string;
}

/** Later where the cache is in other threads. */
type Eventually<T> = T | Promise<T>;

/** What the admin service may do to the cache. All throw, or reject with, `not_found` for what has no part in it. */
export interface CacheControl {
  figures(): Eventually<CacheFigures>;
  /** Forgets answers; gives how many. */
  flush(scope?: CacheScope): Eventually<number>;
  /**
   * Turns a switch: that of everything, that of a policy set or that of an entrypoint. Only what all its switches
   * leave on answers from the cache. Off forgets the answers. Gives the figures of what was meant.
   */
  turn(scope: CacheScope, on: boolean): Eventually<readonly CacheRow[]>;
}
