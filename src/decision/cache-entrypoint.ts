import type { Effect } from '../policy/builtins/builtin.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import { KeyedAnswers } from './cache-answers.ts';
import type { Span } from './cache-entry.ts';
import type { CacheShare, CacheStore } from './cache-store.ts';
import type { CacheRow, EvictionFigures, OffReason, ShadowFigures } from './planes.ts';
import { SharedOutcomes } from './shared-outcomes.ts';

/** What can be switched off: everything, a policy set, or one entrypoint. Each is a switch of its own. */
export type SwitchLevel = 'cache' | 'policySet' | 'entrypoint';

/** Effects whose results hold for one evaluation only. */
export const UNCACHEABLE: ReadonlySet<Effect> = new Set<Effect>(['network', 'random', 'clock']);

/** How many versions of an entrypoint keep answers: the active one, and the one before, to return to. */
const KEPT_VERSIONS = 2;

/** What the answers of an entrypoint are kept by and with. */
export interface EntrypointCacheParts {
  readonly policySet: string;
  readonly entrypoint: string;
  readonly store: CacheStore;
  readonly share: CacheShare;
  readonly maxAgeMs: number;
  readonly maxEntryBytes: number;
}

/**
 * The part of the cache that belongs to one entrypoint of one policy set: its answers, figures and switch. It lives as
 * long as the cache, whatever is activated meanwhile.
 */
export class EntrypointCache {
  readonly policySet: string;
  readonly entrypoint: string;
  /** What shadow verification counts here. */
  readonly shadow: ShadowFigures = { checked: 0, differed: 0, failed: 0, skipped: 0 };
  readonly parts: EntrypointCacheParts;
  /** Of all versions. */
  readonly outcomes: SharedOutcomes = new SharedOutcomes();
  /** Counted by the answers. */
  hits = 0;
  misses = 0;
  entries = 0;
  bytes = 0;
  readonly evicted: EvictionFigures = { once: 0, again: 0, hot: 0 };
  /** Why it is off; undefined while it is on. */
  offReason: OffReason | undefined = undefined;
  readonly #off: Partial<Record<SwitchLevel, OffReason | undefined>> = {};
  readonly #distrusted = new Set<string>();
  readonly #uncacheable = new Map<string, number>();
  /** Of the policy that is active. */
  #policyDigest = '';
  /** The newest last. */
  readonly #versions = new Map<string, KeyedAnswers>();

  constructor(parts: EntrypointCacheParts) {
    this.parts = parts;
    this.policySet = parts.policySet;
    this.entrypoint = parts.entrypoint;
  }

  /**
   * The answers of one version of the entrypoint, which is active from now on: `keyPrefix` stands for the policy and the
   * data that it can read. Answers of the version before the last are forgotten.
   */
  answers(keyPrefix: string, policyDigest = ''): KeyedAnswers {
    this.#policyDigest = policyDigest;
    this.#settle();
    const answers = this.#versions.get(keyPrefix) ?? new KeyedAnswers(this);
    this.#versions.delete(keyPrefix);
    this.#versions.set(keyPrefix, answers);
    for (const [prefix, oldest] of this.#versions) {
      if (this.#versions.size <= KEPT_VERSIONS) break;
      oldest.close();
      this.#versions.delete(prefix);
    }
    return answers;
  }

  /**
   * When an answer of this evaluation may be served again; undefined, and counted, when it depends on something that
   * another evaluation would see differently. The maximum age counts from now in both directions: an answer from the
   * future (a clock that was stepped back) is not trusted either.
   */
  spanOf(evaluation: Evaluation, wallMs: number): Span | undefined {
    const { maxAgeMs } = this.parts;
    const reason = evaluation.effects.find((effect) => UNCACHEABLE.has(effect));
    const fromMs = Math.max(evaluation.validFromMs, wallMs - maxAgeMs);
    const untilMs = Math.min(evaluation.validUntilMs, wallMs + maxAgeMs);
    if (reason === undefined && wallMs >= fromMs && wallMs < untilMs) return { fromMs, untilMs };
    this.countUncacheable(reason ?? 'window');
    return undefined;
  }

  /** Accounts for an outcome that is kept from now on, or no more. */
  grow(bytes: number): void {
    this.bytes += bytes;
    this.parts.store.grow(this.parts.share, bytes);
  }

  /** Counts an answer that was not stored. */
  countUncacheable(reason: string): void {
    this.#uncacheable.set(reason, (this.#uncacheable.get(reason) ?? 0) + 1);
  }

  /** Whether the footprint that a policy has for the entrypoint was caught wrong: only the whole input is good enough. */
  distrusts(policyDigest: string): boolean {
    return this.#distrusted.size > 0 && this.#distrusted.has(policyDigest);
  }

  /** The footprint was caught wrong: while that policy is active, nothing is answered or stored, and what it holds is forgotten. */
  distrust(policyDigest: string): void {
    this.#distrusted.add(policyDigest);
    this.#settle();
  }

  /** Takes back each `distrust`. */
  trust(): void {
    this.#distrusted.clear();
    this.#settle();
  }

  /** Turns one of its switches off, with the reason, or on; it answers when all are on. The first reason stays. */
  turn(level: SwitchLevel, reason: OffReason | undefined): void {
    const off = this.#off;
    off[level] = reason === undefined ? undefined : (off[level] ?? reason);
    this.#settle();
  }

  #settle(): void {
    const { entrypoint, policySet, cache } = this.#off;
    const distrusted = this.distrusts(this.#policyDigest) ? 'difference' : undefined;
    this.offReason = distrusted ?? entrypoint ?? policySet ?? cache;
    if (this.offReason !== undefined) this.flush();
  }

  /** Forgets its answers; gives how many. */
  flush(): number {
    const before = this.entries;
    for (const answers of this.#versions.values()) answers.clear();
    return before;
  }

  row(): CacheRow {
    const { policySet, entrypoint, entries, bytes, hits, misses, evicted, offReason } = this;
    return {
      policySet,
      entrypoint,
      entries,
      bytes,
      hits,
      misses,
      evicted: { ...evicted },
      uncacheable: Object.fromEntries(this.#uncacheable),
      offReason,
      shadow: { ...this.shadow },
    };
  }
}
