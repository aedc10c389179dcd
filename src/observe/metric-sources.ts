import { Counter, Gauge, type Registry } from 'prom-client';
import type { EvaluationSource } from './evaluation-metrics.ts';
import type { ShadowSource } from './shadow-metrics.ts';

/** Figures that other parts keep and metrics only read, at each scrape. */
export interface MetricSources {
  cache(): {
    readonly entries: number;
    readonly bytes: number;
    readonly hits: number;
    readonly misses: number;
    readonly evictions: number;
    readonly uncacheable: Readonly<Record<string, number>>;
    /** By entrypoint. */
    readonly rows?: readonly ShadowSource[];
  };
  decisionLogs(): readonly {
    readonly written: number;
    readonly incomplete: number;
    readonly dropped: number;
    readonly buffered: number;
  }[];
  /** By policy set. */
  evaluations?(): ReadonlyMap<string, EvaluationSource>;
}

/** Metrics of the decision cache. */
export function registerCache(sources: MetricSources, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  gauge('portcullis_cache_entries', 'Answers in the decision cache.', () => sources.cache().entries);
  gauge('portcullis_cache_bytes', 'Estimated size of the decision cache.', () => sources.cache().bytes);
  counter('portcullis_cache_hits_total', 'Questions answered from the cache.', () => sources.cache().hits);
  counter(
    'portcullis_cache_misses_total',
    'Questions that had to be evaluated.',
    () => sources.cache().misses,
  );
  counter('portcullis_cache_evictions_total', 'Answers dropped for room.', () => sources.cache().evictions);
  new Counter({
    name: 'portcullis_cache_uncacheable_total',
    help: 'Answers that could not be stored, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(sources.cache().uncacheable)) this.inc({ reason }, count);
    },
  });
}

/** Metrics of the decision logs, all sinks together. */
export function registerDecisionLog(sources: MetricSources, registers: Registry[]): void {
  const sum = (field: 'written' | 'incomplete' | 'dropped' | 'buffered'): number =>
    sources.decisionLogs().reduce((total, log) => total + log[field], 0);
  new Counter({
    name: 'portcullis_decision_log_entries_total',
    help: 'Decision log entries, by what became of them; incomplete: written without what could not be built or masked.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      this.inc({ result: 'written' }, sum('written'));
      this.inc({ result: 'incomplete' }, sum('incomplete'));
      this.inc({ result: 'dropped' }, sum('dropped'));
    },
  });
  new Gauge({
    name: 'portcullis_decision_log_buffered',
    help: 'Decision log entries that wait to be written.',
    registers,
    collect() {
      this.set(sum('buffered'));
    },
  });
}
