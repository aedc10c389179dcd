import type { ErrorCode } from '../errors.ts';

/** What is known of one bundle. Times are wall clock, milliseconds. */
export interface BundleStatus {
  readonly name: string;
  readonly source: string;
  /** Of the active bundle; undefined while nothing is active. */
  readonly active:
    | {
        readonly revision: string;
        readonly sequence: number;
        readonly archiveDigest: string;
        readonly activatedAtMs: number;
        /** Restored from the state directory and not yet confirmed by the source. */
        readonly restored: boolean;
      }
    | undefined;
  /** A newer archive is held that passed its own checks, and goes live with another bundle of its policy set. */
  readonly waiting: boolean;
  readonly lastCheckedAtMs: number | undefined;
  readonly lastError:
    | { readonly code: ErrorCode; readonly message: string; readonly atMs: number; readonly attempts: number }
    | undefined;
}

export interface PolicySetStatus {
  readonly name: string;
  /** A verified bundle of each kind is active and fresh enough. */
  readonly ready: boolean;
  readonly entrypoints: readonly string[];
  readonly digest: string;
  readonly bundles: readonly BundleStatus[];
}

/** What is known of the whole server. */
export interface ServerStatus {
  /** Every policy set is ready, and the server is not shutting down. */
  readonly ready: boolean;
  readonly policySets: readonly PolicySetStatus[];
  /** Wall clock, milliseconds. */
  readonly startedAtMs: number;
  readonly version: string;
}
