import { type CacheEntry, EntryList } from './cache-entry.ts';

/** How much of what a policy set holds may be protected. The rest is where new answers prove that they are asked again. */
const PROTECTED_SHARE = 0.8;

/**
 * An answer that is asked again while it is among this part of those on probation, counted from the newest, proves
 * nothing yet: clients that retry, and filters that ask twice, would protect what nobody asks for later.
 */
const TRIAL_SHARE = 0.25;

/** Bounds of all entries together. */
export interface StoreBounds {
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** The entries of one policy set: a segment for those that were not asked again yet, and one for those that were. */
export class CacheShare {
  readonly probation: EntryList = new EntryList();
  readonly protected: EntryList = new EntryList();
  /** What the outcomes cost that its entries hold together. */
  outcomeBytes = 0;
  /** How many entries came on probation, ever. */
  #added = 0;

  get entries(): number {
    return this.probation.entries + this.protected.entries;
  }

  get bytes(): number {
    return this.probation.bytes + this.protected.bytes + this.outcomeBytes;
  }

  add(entry: CacheEntry): void {
    entry.since = ++this.#added;
    this.probation.add(entry);
  }

  /** A stored answer was asked again. */
  use(entry: CacheEntry): void {
    if (entry.list === this.protected) this.protected.renew(entry);
    else if (this.#added - entry.since >= TRIAL_SHARE * this.probation.entries) this.protect(entry);
  }

  /** Moves an entry from probation to the protected ones. */
  protect(entry: CacheEntry): void {
    entry.wasProtected = true;
    this.probation.remove(entry);
    this.protected.add(entry);
    this.settle();
  }

  /** Moves what was not asked for longest out of a protected segment that has grown too large. */
  settle(): void {
    const limit = PROTECTED_SHARE * (this.probation.bytes + this.protected.bytes);
    while (this.protected.bytes > limit) {
      const entry = this.protected.oldest!;
      this.protected.remove(entry);
      this.add(entry);
    }
  }
}

/**
 * Keeps the entries of all policy sets within one bound. When it is full, the policy set that uses the most gives up an
 * entry, so one that uses less than an equal part loses nothing to the others, and what nobody else needs is
 * everybody's. Within a policy set those go first that were asked only once (docs/adr/0015-cache-eviction.md).
 */
export class CacheStore {
  readonly #bounds: StoreBounds;
  readonly #shares: CacheShare[] = [];
  #entries = 0;
  #bytes = 0;

  constructor(bounds: StoreBounds) {
    this.#bounds = bounds;
  }

  get entries(): number {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A place for the entries of one more policy set. */
  share(): CacheShare {
    const share = new CacheShare();
    this.#shares.push(share);
    return share;
  }

  /** Puts in an entry that is filed already, and evicts what does not fit any more. */
  add(share: CacheShare, entry: CacheEntry): void {
    share.add(entry);
    this.#entries++;
    this.#bytes += entry.bytes;
    while (this.#bytes > this.#bounds.maxBytes) this.#evictFrom(this.#largest('bytes'));
    while (this.#entries > this.#bounds.maxEntries) this.#evictFrom(this.#largest('entries'));
  }

  /** Outcomes cost what they cost once, however many entries hold them. */
  grow(share: CacheShare, bytes: number): void {
    share.outcomeBytes += bytes;
    this.#bytes += bytes;
  }

  /** Takes an entry out, without filing it anywhere else. */
  remove(entry: CacheEntry): void {
    entry.list?.remove(entry);
    this.#entries--;
    this.#bytes -= entry.bytes;
  }

  #evictFrom(share: CacheShare): void {
    share.settle();
    const entry = share.probation.oldest ?? share.protected.oldest!;
    this.remove(entry);
    entry.home.evicted(entry);
  }

  #largest(by: 'bytes' | 'entries'): CacheShare {
    let largest = this.#shares[0]!;
    let size = largest[by];
    for (const share of this.#shares) {
      if (share[by] <= size) continue;
      largest = share;
      size = share[by];
    }
    return largest;
  }
}
