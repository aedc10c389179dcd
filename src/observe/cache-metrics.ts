import { Counter, Gauge, type Registry } from 'prom-client';
import type { ShadowSource } from './shadow-metrics.ts';

/** What the decision cache tells of one entrypoint. */
export interface CacheSource extends ShadowSource {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  /** Answers dropped for room, by what they had been good for. */
  readonly evicted: { readonly once: number; readonly again: number; readonly hot: number };
  /** By reason. */
  readonly uncacheable: Readonly<Record<string, number>>;
}

/** What the decision cache tells. */
export interface CacheSources {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly rows: readonly CacheSource[];
}

type Sample = readonly [value: number, labels?: Readonly<Record<string, string>>];

/**
 * Metrics of the decision cache. Labels are bounded: entrypoints have a part in the cache only when a bundle was active that
 * declares them, and reasons are those of the code.
 */
export function registerCache(cache: () => CacheSources, registers: Registry[]): void {
  const gauge = (
    name: string,
    help: string,
    read: (row: CacheSource) => number,
    aggregator: 'sum' | 'min' = 'sum',
  ): void => {
    new Gauge({
      name,
      help,
      aggregator,
      labelNames: ['policy_set', 'entrypoint'],
      registers,
      collect() {
        this.reset();
        for (const row of cache().rows) this.set(labelsOf(row), read(row));
      },
    });
  };
  const counter = (
    name: string,
    help: string,
    labelNames: readonly string[],
    read: (row: CacheSource) => readonly Sample[],
  ): void => {
    new Counter({
      name,
      help,
      labelNames: ['policy_set', 'entrypoint', ...labelNames],
      registers,
      collect() {
        this.reset();
        for (const row of cache().rows) {
          for (const [value, labels] of read(row)) this.inc({ ...labelsOf(row), ...labels }, value);
        }
      },
    });
  };
  const bound = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };

  gauge('portcullis_cache_entries', 'Answers in the decision cache.', ({ entries }) => entries);
  gauge('portcullis_cache_bytes', 'Estimated size of the decision cache.', ({ bytes }) => bytes);
  bound('portcullis_cache_max_entries', 'Most answers that are kept.', () => cache().maxEntries);
  bound('portcullis_cache_max_bytes', 'Most memory that answers may use.', () => cache().maxBytes);
  gauge(
    'portcullis_cache_enabled',
    '1 for entrypoints that are answered from the cache, 0 where it is switched off.',
    ({ offReason }) => (offReason === undefined ? 1 : 0),
    'min',
  );
  counter('portcullis_cache_hits_total', 'Questions answered from the cache.', [], ({ hits }) => [[hits]]);
  counter(
    'portcullis_cache_misses_total',
    'Questions that had to be evaluated, the cache having been asked.',
    [],
    ({ misses }) => [[misses]],
  );
  counter(
    'portcullis_cache_evictions_total',
    'Answers dropped for room, by what they had been good for: asked once (once), again but only right away or too late (again), again and again (hot).',
    ['asked'],
    ({ evicted }) => Object.entries(evicted).map(([asked, count]) => [count, { asked }]),
  );
  counter(
    'portcullis_cache_uncacheable_total',
    'Answers that could not be stored, by reason.',
    ['reason'],
    ({ uncacheable }) => Object.entries(uncacheable).map(([reason, count]) => [count, { reason }]),
  );
}

const labelsOf = ({ policySet, entrypoint }: CacheSource): Record<'policy_set' | 'entrypoint', string> => ({
  policy_set: policySet,
  entrypoint,
});
