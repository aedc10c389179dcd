import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { registerCache } from './cache-metrics.ts';
import type { DecisionEvent, DecisionSink } from './decision-event.ts';
import { DecisionTally, registerDecisions } from './decision-tally.ts';
import { registerEvaluations } from './evaluation-metrics.ts';
import { type MetricSources, registerDecisionLog } from './metric-sources.ts';
import { registerShadow } from './shadow-metrics.ts';
import { TalliedHistogram } from './tallied-histogram.ts';

/** Evaluations take from microseconds to a deadline. */
const EVALUATION_BUCKETS_SECONDS = [
  0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5,
];

export interface MetricsOptions {
  /** Those that the configuration names: only they become labels. */
  readonly policySets: readonly string[];
  /** Adds memory, CPU and event loop of the process. */
  readonly processMetrics: boolean;
}

/** The metrics page. What each decision counts is tallied in plain objects, and turned into samples only when somebody scrapes. */
export class Metrics implements DecisionSink {
  readonly registry: Registry = new Registry();
  readonly #decisions: DecisionTally;
  readonly #evaluation: TalliedHistogram<'policy_set'>;
  readonly #activations: Counter<'policy_set' | 'bundle' | 'result' | 'code'>;
  readonly #active: Gauge<'policy_set' | 'bundle'>;

  constructor(sources: MetricSources, options: MetricsOptions) {
    this.#decisions = new DecisionTally(options.policySets);
    const registers = [this.registry];
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
    this.#evaluation = new TalliedHistogram({
      name: 'portcullis_evaluation_seconds',
      help: 'Time of one evaluation; answers from the cache and denials before evaluating are left out.',
      label: 'policy_set',
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
    registerDecisions(this.#decisions, registers);
    registerCache(() => sources.cache(), registers);
    registerShadow(sources, registers);
    registerDecisionLog(sources, registers);
    registerEvaluations(sources, registers);
  }

  write(event: DecisionEvent): void {
    this.#decisions.count(event);
    if (event.evaluationMs > 0) {
      this.#evaluation.add(this.#decisions.policySetOf(event), event.evaluationMs / 1000);
    }
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
}
