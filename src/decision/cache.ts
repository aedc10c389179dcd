import { PortcullisError } from '../errors.ts';
import { EntrypointCache } from './cache-entrypoint.ts';
import { type CacheShare, CacheStore } from './cache-store.ts';
import type { CacheControl, CacheFigures, CacheRow, CacheScope, OffReason } from './planes.ts';

export type { KeyedAnswers } from './cache-answers.ts';
export type { Span } from './cache-entry.ts';
export type { EntrypointCache } from './cache-entrypoint.ts';

/** Bounds of the cache. `maxAgeMs` bounds how long an answer is kept at all, whatever its validity. */
export interface CacheOptions {
  readonly enabled: boolean;
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly maxAgeMs: number;
}

/** One answer may use this part of the cache at most, so that no answer drives out many. */
const ENTRY_SHARE = 1 / 16;

/** A policy set's part of the cache. */
interface PolicySetCache {
  readonly share: CacheShare;
  readonly entrypoints: Map<string, EntrypointCache>;
  offReason: OffReason | undefined;
}

/**
 * Decisions by entrypoint and key, bounded by bytes and entries over all. The time an answer holds is checked against
 * the wall clock on every hit, at both ends. A cache with expiry of its own would serve at exactly the end, keep "now"
 * for a while, and not notice a wall clock that was stepped back.
 */
export class DecisionCache implements CacheControl {
  readonly #options: CacheOptions;
  readonly #store: CacheStore;
  readonly #policySets = new Map<string, PolicySetCache>();
  #offReason: OffReason | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
    this.#store = new CacheStore(options);
    this.#offReason = options.enabled ? undefined : 'configuration';
  }

  /** The part of one entrypoint, the same one each time. Only for entrypoints that exist: parts are never dropped. */
  entrypoint(policySet: string, entrypoint: string): EntrypointCache {
    const set = this.#policySet(policySet);
    const known = set.entrypoints.get(entrypoint);
    if (known !== undefined) return known;
    const { maxAgeMs, maxBytes } = this.#options;
    const created = new EntrypointCache({
      policySet,
      entrypoint,
      store: this.#store,
      share: set.share,
      maxAgeMs,
      maxEntryBytes: maxBytes * ENTRY_SHARE,
    });
    created.turn('cache', this.#offReason);
    created.turn('policySet', set.offReason);
    set.entrypoints.set(entrypoint, created);
    return created;
  }

  flush(scope: CacheScope = {}): number {
    return this.#within(scope).reduce((sum, part) => sum + part.flush(), 0);
  }

  turn(scope: CacheScope, on: boolean): readonly CacheRow[] {
    const { policySet = '', entrypoint = '' } = scope;
    const parts = this.#within(scope);
    const reason = on ? undefined : 'operator';
    if (policySet === '') this.#offReason = reason;
    else if (entrypoint === '') this.#policySets.get(policySet)!.offReason = reason;
    const level = policySet === '' ? 'cache' : entrypoint === '' ? 'policySet' : 'entrypoint';
    for (const part of parts) part.turn(level, reason);
    // Who turns on this very entrypoint says that its footprint may be trusted again.
    if (on && level === 'entrypoint') parts[0]!.trust();
    return parts.map((part) => part.row());
  }

  figures(): CacheFigures {
    const rows = this.#within({}).map((part) => part.row());
    const sum = (of: (row: CacheRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
    const { maxEntries, maxBytes } = this.#options;
    return {
      enabled: this.#offReason === undefined,
      entries: this.#store.entries,
      bytes: this.#store.bytes,
      maxEntries,
      maxBytes,
      hits: sum(({ hits }) => hits),
      misses: sum(({ misses }) => misses),
      evictions: sum(({ evicted }) => evicted.once + evicted.again + evicted.hot),
      uncacheable: addUp(rows.map(({ uncacheable }) => uncacheable)),
      rows,
    };
  }

  #policySet(name: string): PolicySetCache {
    const known = this.#policySets.get(name);
    if (known !== undefined) return known;
    const created = { share: this.#store.share(), entrypoints: new Map(), offReason: undefined };
    this.#policySets.set(name, created);
    return created;
  }

  /** Throws `not_found` and `invalid_request`. */
  #within({ policySet = '', entrypoint = '' }: CacheScope): EntrypointCache[] {
    if (policySet === '') {
      if (entrypoint !== '')
        throw new PortcullisError('invalid_request', 'name the policy set of the entrypoint');
      return [...this.#policySets.values()].flatMap(({ entrypoints }) => Array.from(entrypoints.values()));
    }
    const entrypoints = this.#policySets.get(policySet)?.entrypoints;
    if (entrypoints === undefined)
      throw new PortcullisError('not_found', `no policy set ${JSON.stringify(policySet)} has been active`);
    if (entrypoint === '') return [...entrypoints.values()];
    const part = entrypoints.get(entrypoint);
    if (part !== undefined) return [part];
    const message = `policy set ${policySet} does not offer the entrypoint ${JSON.stringify(entrypoint)}`;
    throw new PortcullisError('not_found', message);
  }
}

function addUp(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const count of counts) {
    for (const [reason, n] of Object.entries(count)) total[reason] = (total[reason] ?? 0) + n;
  }
  return total;
}
