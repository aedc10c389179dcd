import { LRUCache } from 'lru-cache';
import type { Effect } from '../policy/builtins/builtin.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { Outcome } from './outcome.ts';
import type { CacheControl, CacheFigures } from './planes.ts';

/** Bounds of the cache. `maxAgeMs` bounds how long an answer is kept at all, whatever its validity. */
export interface CacheOptions {
  readonly enabled: boolean;
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly maxAgeMs: number;
}

/** An answer and when it holds: [validFromMs, validUntilMs) on the wall clock. */
interface Entry {
  readonly outcome: Outcome;
  readonly validFromMs: number;
  readonly validUntilMs: number;
}

/** What an entry costs beside its strings: the objects, the list links and the map's slot, measured with 100,000 entries. */
const ENTRY_OVERHEAD_BYTES = 200;

/** Effects whose results hold for one evaluation only. */
const UNCACHEABLE: ReadonlySet<Effect> = new Set<Effect>(['network', 'random', 'clock']);

/**
 * Decisions by key, bounded by bytes and entries. The time an answer holds is checked against the wall clock on every
 * hit, at both ends: lru-cache's own TTL would serve at exactly the end, keeps "now" for a while, and does not notice a
 * wall clock that was stepped back.
 */
export class DecisionCache implements CacheControl {
  readonly #entries: LRUCache<string, Entry> | undefined;
  readonly #options: CacheOptions;
  readonly #uncacheable = new Map<string, number>();
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor(options: CacheOptions) {
    this.#options = options;
    if (!options.enabled) return;
    this.#entries = new LRUCache<string, Entry>({
      max: options.maxEntries,
      maxSize: options.maxBytes,
      // A key and a value are two-byte strings at worst.
      sizeCalculation: ({ outcome }, key) =>
        2 * (key.length + (outcome.json?.length ?? 0) * (outcome.obligations ? 2 : 1)) + ENTRY_OVERHEAD_BYTES,
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') this.#evictions++;
      },
    });
  }

  /** The answer, if one is stored that holds at `wallMs`. */
  get(key: string, wallMs: number): Outcome | undefined {
    if (this.#entries === undefined) return undefined;
    const entry = this.#entries.get(key);
    if (entry !== undefined && wallMs >= entry.validFromMs && wallMs < entry.validUntilMs) {
      this.#hits++;
      return entry.outcome;
    }
    this.#misses++;
    return undefined;
  }

  /** Stores an answer unless it depends on something that another evaluation would see differently. */
  set(key: string, outcome: Outcome, evaluation: Evaluation, wallMs: number): void {
    if (this.#entries === undefined) return;
    const reason = evaluation.effects.find((effect) => UNCACHEABLE.has(effect));
    if (reason !== undefined) {
      this.countUncacheable(reason);
      return;
    }
    // The maximum age counts from now, and an answer from the future (a clock stepped back) is not trusted either.
    const validFromMs = Math.max(evaluation.validFromMs, wallMs - this.#options.maxAgeMs);
    const validUntilMs = Math.min(evaluation.validUntilMs, wallMs + this.#options.maxAgeMs);
    if (wallMs < validFromMs || wallMs >= validUntilMs) {
      this.countUncacheable('window');
      return;
    }
    this.#entries.set(key, { outcome, validFromMs, validUntilMs });
  }

  /** Counts an answer that was not stored. */
  countUncacheable(reason: string): void {
    this.#uncacheable.set(reason, (this.#uncacheable.get(reason) ?? 0) + 1);
  }

  /** Forgets everything. */
  flush(): number {
    const size = this.#entries?.size ?? 0;
    this.#entries?.clear();
    return size;
  }

  figures(): CacheFigures {
    return {
      enabled: this.#options.enabled,
      entries: this.#entries?.size ?? 0,
      bytes: this.#entries?.calculatedSize ?? 0,
      maxEntries: this.#options.maxEntries,
      maxBytes: this.#options.maxBytes,
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      uncacheable: Object.fromEntries(this.#uncacheable),
    };
  }
}
