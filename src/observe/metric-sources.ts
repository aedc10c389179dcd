import { Counter, Gauge, type Registry } from 'prom-client';
import type { CacheSources } from './cache-metrics.ts';
import type { EvaluationSource } from './evaluation-metrics.ts';

/** Figures that other parts keep and metrics only read, at each scrape. */
export interface MetricSources {
  cache(): CacheSources;
  decisionLogs(): readonly {
    readonly written: number;
    readonly incomplete: number;
    readonly dropped: number;
    readonly buffered: number;
  }[];
  /** By policy set. */
  evaluations?(): ReadonlyMap<string, EvaluationSource>;
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
