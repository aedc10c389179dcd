import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { DecisionEvent, DecisionSink } from './decision-event.ts';

/** Evaluations take from microseconds to a deadline. */
const EVALUATION_BUCKETS_SECONDS = [
  0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5,
];

/** Figures that other parts keep and metrics only read, at each scrape. */
export interface MetricSources {
  cache(): {
    readonly entries: number;
    readonly bytes: number;
    readonly hits: number;
    readonly misses: number;
    readonly evictions: number;
    readonly uncacheable: Readonly<Record<string, number>>;
  };
  decisionLogs(): readonly {
    readonly written: number;
    readonly incomplete: number;
    readonly dropped: number;
    readonly buffered: number;
  }[];
}

/** A decision's labels, by the nested maps below: policy set, entrypoint, status and whether it was cached. */
type Tally = Map<string, Map<string, Map<string, { cached: number; evaluated: number }>>>;

/**
 * The metrics page. Decisions are tallied in plain maps and turned into samples only when somebody scrapes: a labelled
 * prom-client counter costs more than a cached decision. Labels are bounded: names that no configuration knows count as
 * `unknown`.
 */
export class Metrics implements DecisionSink {
  readonly registry: Registry = new Registry();
  readonly #tally: Tally = new Map();
  readonly #evaluation: Histogram<'policy_set'>;
  readonly #activations: Counter<'policy_set' | 'bundle' | 'result' | 'code'>;
  readonly #active: Gauge<'policy_set' | 'bundle'>;

  constructor(sources: MetricSources, options: { readonly processMetrics: boolean }) {
    const registers = [this.registry];
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
    this.#evaluation = new Histogram({
      name: 'portcullis_evaluation_seconds',
      help: 'Time of one evaluation, cached answers left out.',
      labelNames: ['policy_set'],
      buckets: EVALUATION_BUCKETS_SECONDS,
      registers,
    });
    this.#activations = new Counter({
      name: 'portcullis_bundle_activations_total',
      help: 'Attempts to activate a bundle, by result and error code.',
      labelNames: ['policy_set', 'bundle', 'result', 'code'],
      registers,
    });
    this.#active = new Gauge({
      name: 'portcullis_bundle_activated_timestamp_seconds',
      help: 'When the active bundle was activated.',
      labelNames: ['policy_set', 'bundle'],
      registers,
    });
    this.#registerDecisions();
    registerCache(sources, registers);
    registerDecisionLog(sources, registers);
  }

  write(event: DecisionEvent): void {
    const known = event.digest !== '';
    const policySet = known ? event.policySet : 'unknown';
    const entrypoint = known ? event.entrypoint : 'unknown';
    const byEntrypoint = entry(this.#tally, policySet, () => new Map());
    const byStatus = entry(byEntrypoint, entrypoint, () => new Map());
    const count = entry(byStatus, event.status, () => ({ cached: 0, evaluated: 0 }));
    if (event.cached) {
      count.cached++;
      return;
    }
    count.evaluated++;
    this.#evaluation.observe({ policy_set: policySet }, event.evaluationMs / 1000);
  }

  /** Counts an attempt to activate a bundle; `code` is `ok` or the error's. */
  activation(policySet: string, bundle: string, result: string, code: string, wallMs: number): void {
    this.#activations.inc({ policy_set: policySet, bundle, result, code });
    if (result === 'activated') this.#active.set({ policy_set: policySet, bundle }, wallMs / 1000);
  }

  /** The page in Prometheus' text format. */
  page(): Promise<string> {
    return this.registry.metrics();
  }

  #registerDecisions(): void {
    const tally = this.#tally;
    new Counter({
      name: 'portcullis_decisions_total',
      help: 'Decisions by policy set, entrypoint, status and whether they came from the cache.',
      labelNames: ['policy_set', 'entrypoint', 'status', 'cached'],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [policy_set, byEntrypoint] of tally) {
          for (const [entrypoint, byStatus] of byEntrypoint) {
            for (const [status, { cached, evaluated }] of byStatus) {
              this.inc({ policy_set, entrypoint, status, cached: 'true' }, cached);
              this.inc({ policy_set, entrypoint, status, cached: 'false' }, evaluated);
            }
          }
        }
      },
    });
  }
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

function registerCache(sources: MetricSources, registers: Registry[]): void {
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

function registerDecisionLog(sources: MetricSources, registers: Registry[]): void {
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
