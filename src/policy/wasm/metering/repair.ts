import type { ModuleOutline } from './module-outline.ts';

/**
 * What is changed in one function of a module, beyond its checks. Both are instructions; the caller of `meterModule`
 * answers for them being valid in that function.
 */
export interface Repair {
  /** Runs before the function's own code. Leaves the stack as it was, or returns. */
  readonly prologue?: Uint8Array;
  /** A whole function body: groups of local variables and instructions up to the last `end`. Not metered. */
  readonly body?: Uint8Array;
}

/** Gives the repairs of a module by the indices of functions. */
export type FindRepairs = (outline: ModuleOutline) => ReadonlyMap<number, Repair>;
