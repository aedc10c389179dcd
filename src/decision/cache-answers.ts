import { type CachedAnswer, CacheEntry, type EntryHome, type Span } from './cache-entry.ts';
import type { EntrypointCache } from './cache-entrypoint.ts';
import { bytesOfEntry, bytesOfOutcome } from './cache-size.ts';
import type { Outcome } from './decision.ts';

/** The answers of one version of an entrypoint, by the key of the projected input alone. */
export class KeyedAnswers implements EntryHome {
  readonly #entries = new Map<string, CacheEntry>();
  readonly #owner: EntrypointCache;
  #closed = false;

  constructor(owner: EntrypointCache) {
    this.#owner = owner;
  }

  /** The answer, if one is stored that holds at `wallMs`. */
  get(key: string, wallMs: number): CachedAnswer | undefined {
    const owner = this.#owner;
    if (owner.offReason !== undefined) return undefined;
    const entry = this.#entries.get(key);
    if (entry === undefined || wallMs < entry.span.fromMs || wallMs >= entry.span.untilMs) {
      owner.misses++;
      return undefined;
    }
    owner.hits++;
    entry.wasHit = true;
    owner.parts.share.use(entry);
    return entry;
  }

  /** Stores an answer for as long as it may be served, or counts why it does not. */
  set(key: string, outcome: Outcome, span: Span): void {
    const owner = this.#owner;
    if (owner.offReason !== undefined) {
      owner.countUncacheable('off');
      return;
    }
    if (this.#closed) return;
    const bytes = bytesOfEntry(key);
    if (bytes + bytesOfOutcome(outcome) > owner.parts.maxEntryBytes) {
      owner.countUncacheable('size');
      return;
    }
    const { store, share } = owner.parts;
    const previous = this.#entries.get(key);
    const keepsPlace = previous !== undefined && previous.list === share.protected;
    if (previous !== undefined) this.#forget(previous);
    const shared = owner.outcomes.hold(outcome);
    if (shared?.holders === 1) owner.grow(shared.bytes);
    const entry = new CacheEntry(key, outcome, span, this, shared, bytes);
    entry.wasHit = previous?.wasHit === true;
    this.#entries.set(key, entry);
    owner.entries++;
    owner.bytes += bytes;
    store.add(share, entry);
    if (keepsPlace && entry.list === share.probation) share.protect(entry);
  }

  evicted(entry: CacheEntry): void {
    this.#release(entry);
    const { evicted } = this.#owner;
    if (entry.wasProtected) evicted.hot++;
    else if (entry.wasHit) evicted.again++;
    else evicted.once++;
  }

  clear(): void {
    const { store } = this.#owner.parts;
    for (const entry of this.#entries.values()) {
      store.remove(entry);
      this.#account(entry);
    }
    // At once: taking 100,000 keys out one by one takes several times as long as all the rest.
    this.#owner.entries -= this.#entries.size;
    this.#entries.clear();
  }

  /** Forgets everything, and stores nothing for those who still hold it. */
  close(): void {
    this.clear();
    this.#closed = true;
  }

  #forget(entry: CacheEntry): void {
    this.#owner.parts.store.remove(entry);
    this.#release(entry);
  }

  #release(entry: CacheEntry): void {
    this.#entries.delete(entry.key);
    this.#owner.entries--;
    this.#account(entry);
  }

  #account({ bytes, shared }: CacheEntry): void {
    const owner = this.#owner;
    owner.bytes -= bytes;
    if (shared !== undefined && owner.outcomes.letGo(shared)) owner.grow(-shared.bytes);
  }
}
