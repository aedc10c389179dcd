import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { registerCache } from './cache-metrics.ts';
import type { DecisionEvent, DecisionSink } from './decision-event.ts';
import { registerEvaluations } from './evaluation-metrics.ts';
import { type MetricSources, registerDecisionLog } from './metric-sources.ts';
import { registerShadow } from './shadow-metrics.ts';

/** Evaluations take from microseconds to a deadline. */
const EVALUATION_BUCKETS_SECONDS = [
  0.000_005, 0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5,
];

/** A decision's labels, by the nested maps below: policy set, entrypoint, status and whether it was cached. */
type Tally = Map<string, Map<string, Map<string, { cached: number; uncached: number }>>>;

export interface MetricsOptions {
  /** Those that the configuration names: only they become labels. */
  readonly policySets: readonly string[];
  /** Adds memory, CPU and event loop of the process. */
  readonly processMetrics: boolean;
}

const UNKNOWN = 'unknown';

/**
 * The metrics page. Decisions are tallied in plain maps and turned into samples only when somebody scrapes: a labelled
 * prom-client counter costs more than a cached decision. Labels are bounded: names that no configuration knows count as
 * `unknown`.
 */
export class Metrics implements DecisionSink {
  readonly registry: Registry = new Registry();
  readonly #policySets: ReadonlySet<string>;
  /** What an empty name means: the only policy set there is. */
  readonly #defaultPolicySet: string;
  readonly #tally: Tally = new Map();
  readonly #evaluation: Histogram<'policy_set'>;
  readonly #activations: Counter<'policy_set' | 'bundle' | 'result' | 'code'>;
  readonly #active: Gauge<'policy_set' | 'bundle'>;

  constructor(sources: MetricSources, options: MetricsOptions) {
    const { policySets } = options;
    this.#policySets = new Set(policySets);
    this.#defaultPolicySet = policySets.length === 1 ? policySets[0]! : '';
    const registers = [this.registry];
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
    this.#evaluation = new Histogram({
      name: 'portcullis_evaluation_seconds',
      help: 'Time of one evaluation; answers from the cache and denials before evaluating are left out.',
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
    registerCache(() => sources.cache(), registers);
    registerShadow(sources, registers);
    registerDecisionLog(sources, registers);
    registerEvaluations(sources, registers);
  }

  write(event: DecisionEvent): void {
    const policySet = this.#policySetOf(event);
    // Without a digest nothing was found under this name, which is then the caller's.
    const entrypoint = event.digest === '' ? UNKNOWN : event.entrypoint;
    const byEntrypoint = entry(this.#tally, policySet, () => new Map());
    const byStatus = entry(byEntrypoint, entrypoint, () => new Map());
    const count = entry(byStatus, event.status, () => ({ cached: 0, uncached: 0 }));
    if (event.cached) count.cached++;
    else count.uncached++;
    if (event.evaluationMs > 0) {
      this.#evaluation.observe({ policy_set: policySet }, event.evaluationMs / 1000);
    }
  }

  #policySetOf(event: DecisionEvent): string {
    const name = event.policySet === '' ? this.#defaultPolicySet : event.policySet;
    return this.#policySets.has(name) ? name : UNKNOWN;
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
            for (const [status, { cached, uncached }] of byStatus) {
              this.inc({ policy_set, entrypoint, status, cached: 'true' }, cached);
              this.inc({ policy_set, entrypoint, status, cached: 'false' }, uncached);
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
