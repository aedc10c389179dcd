import { LRUCache } from 'lru-cache';
import type { Effect } from '../policy/builtins/builtin.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { Outcome } from './decision.ts';
import type { CacheControl, CacheFigures } from './planes.ts';

/** Bounds of the cache. `maxAgeMs` bounds how long an answer is kept at all, whatever its validity. */
export interface CacheOptions {
  readonly enabled: boolean;
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly maxAgeMs: number;
}

/** When an answer may be served: [fromMs, untilMs) on the wall clock. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** An answer that may be served while its span lasts. */
export interface CachedAnswer {
  readonly outcome: Outcome;
  readonly span: Span;
}

/** What an entry costs beside its strings: the objects, the list links and the map's slot, measured with 100,000 entries. */
const ENTRY_OVERHEAD_BYTES = 200;

/** What each value of a parsed document costs at most, measured with obligations that are thousands of empty objects. */
const VALUE_BYTES = 160;

/** Effects whose results hold for one evaluation only. */
const UNCACHEABLE: ReadonlySet<Effect> = new Set<Effect>(['network', 'random', 'clock']);

/**
 * Decisions by key, bounded by bytes and entries. The time an answer holds is checked against the wall clock on every
 * hit, at both ends: lru-cache's own TTL would serve at exactly the end, keeps "now" for a while, and does not notice a
 * wall clock that was stepped back.
 */
export class DecisionCache implements CacheControl {
  readonly #entries: LRUCache<string, CachedAnswer> | undefined;
  readonly #options: CacheOptions;
  readonly #uncacheable = new Map<string, number>();
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  constructor(options: CacheOptions) {
    this.#options = options;
    if (!options.enabled) return;
    this.#entries = new LRUCache<string, CachedAnswer>({
      max: options.maxEntries,
      maxSize: options.maxBytes,
      sizeCalculation: ({ outcome }, key) => 2 * key.length + bytesOf(outcome) + ENTRY_OVERHEAD_BYTES,
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') this.#evictions++;
      },
    });
  }

  /** The answer, if one is stored that holds at `wallMs`. */
  get(key: string, wallMs: number): CachedAnswer | undefined {
    if (this.#entries === undefined) return undefined;
    const answer = this.#entries.get(key);
    if (answer !== undefined && wallMs >= answer.span.fromMs && wallMs < answer.span.untilMs) {
      this.#hits++;
      return answer;
    }
    this.#misses++;
    return undefined;
  }

  /**
   * When an answer of this evaluation may be served again; undefined, and counted, when it depends on something that
   * another evaluation would see differently. The maximum age counts from now in both directions: an answer from the
   * future (a clock that was stepped back) is not trusted either.
   */
  spanOf(evaluation: Evaluation, wallMs: number): Span | undefined {
    const reason = evaluation.effects.find((effect) => UNCACHEABLE.has(effect));
    const fromMs = Math.max(evaluation.validFromMs, wallMs - this.#options.maxAgeMs);
    const untilMs = Math.min(evaluation.validUntilMs, wallMs + this.#options.maxAgeMs);
    if (reason === undefined && wallMs >= fromMs && wallMs < untilMs) return { fromMs, untilMs };
    this.countUncacheable(reason ?? 'window');
    return undefined;
  }

  /** Stores an answer for as long as it may be served. */
  set(key: string, outcome: Outcome, span: Span): void {
    this.#entries?.set(key, { outcome, span });
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

/** What an outcome holds: its text, once more encoded for the wire, and its obligations as parsed. */
function bytesOf({ json, obligations }: Outcome): number {
  const text = json ?? '';
  if (obligations === undefined) return 2 * text.length;
  const values = text.match(/[[{,:]/g)?.length ?? 0;
  return 4 * text.length + VALUE_BYTES * values;
}
