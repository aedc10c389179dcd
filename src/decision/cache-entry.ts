import type { Outcome } from './decision.ts';
import type { SharedOutcome } from './shared-outcomes.ts';

/** When an answer may be served: [fromMs, untilMs) on the wall clock. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** An answer that may be served while its span lasts. */
export interface CachedAnswer {
  readonly outcome: Outcome;
  readonly span: Span;
  /** Who found last that it can carry the outcome out, and need not look again. */
  verifiedBy: ((outcome: Outcome) => void) | undefined;
}

/** Where an entry is filed: the answers of one entrypoint by key. */
export interface EntryHome {
  /** The entry was taken out of the store for room. */
  evicted(entry: CacheEntry): void;
}

/** A stored answer, linked into the list of its segment. Every field is always set, so that all entries share one shape. */
export class CacheEntry implements CachedAnswer {
  readonly key: string;
  readonly outcome: Outcome;
  readonly span: Span;
  readonly home: EntryHome;
  /** What it holds together with others; undefined for a plain boolean. */
  readonly shared: SharedOutcome | undefined;
  /** What it costs beside that, as accounted. */
  readonly bytes: number;
  verifiedBy: ((outcome: Outcome) => void) | undefined = undefined;
  /** Whether it ever answered a question. */
  wasHit = false;
  /** Whether it ever was in the protected segment. */
  wasProtected = false;
  /** How many entries its share had taken when it came on probation. */
  since = 0;
  /** The list it is in; undefined when it is in none any more. */
  list: EntryList | undefined = undefined;
  older: CacheEntry | undefined = undefined;
  newer: CacheEntry | undefined = undefined;

  constructor(
    key: string,
    outcome: Outcome,
    span: Span,
    home: EntryHome,
    shared: SharedOutcome | undefined,
    bytes: number,
  ) {
    this.key = key;
    this.outcome = shared?.outcome ?? outcome;
    this.span = span;
    this.home = home;
    this.shared = shared;
    this.bytes = bytes;
  }
}

/** Entries from the newest to the oldest use. The links are in the entries: moving one allocates nothing. */
export class EntryList {
  #newest: CacheEntry | undefined;
  #oldest: CacheEntry | undefined;
  #entries = 0;
  #bytes = 0;

  get oldest(): CacheEntry | undefined {
    return this.#oldest;
  }

  get entries(): number {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Puts an entry that is in no list at the newest end. */
  add(entry: CacheEntry): void {
    entry.list = this;
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#entries++;
    this.#bytes += entry.bytes;
  }

  /** Takes out an entry of this list. */
  remove(entry: CacheEntry): void {
    const { older, newer } = entry;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    entry.list = undefined;
    entry.older = undefined;
    entry.newer = undefined;
    this.#entries--;
    this.#bytes -= entry.bytes;
  }

  /** Makes an entry of this list the newest. */
  renew(entry: CacheEntry): void {
    if (entry === this.#newest) return;
    this.remove(entry);
    this.add(entry);
  }
}
