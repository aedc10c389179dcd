/** Where a bundle's archive comes from. */
export interface BundleSource {
  /** How the source is named in status and logs; holds no secrets. */
  readonly name: string;
  /**
   * Gives the archive unless it is still the one that `etag` names. Throws PortcullisError (`io_failed`, `archive_too_large`).
   * An etag stands for exact bytes, and is handed back only after those bytes were activated.
   */
  poll(etag: string | undefined, signal: AbortSignal): Promise<PollResult>;
  /** Calls back when a poll may find something new, until the signal aborts. */
  watch(changed: () => void, signal: AbortSignal): void;
}

export type PollResult =
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'archive'; readonly bytes: Uint8Array; readonly etag: string };
