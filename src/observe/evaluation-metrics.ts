import { Counter, Gauge, type Registry } from 'prom-client';
import type { MetricSources } from './metric-sources.ts';

/** Figures of the evaluations of one policy set. */
export interface EvaluationSource {
  readonly interrupted: number;
  readonly inThreads: number;
  readonly joined: number;
  readonly overloaded: number;
  /** Threads that were lost, by reason. */
  readonly lost: Readonly<Record<string, number>>;
  gauges(): {
    readonly instances: number;
    readonly bytes: number;
    readonly threads: number;
    readonly queued: number;
  };
}

type Gauges = ReturnType<EvaluationSource['gauges']>;

/** Metrics of where and how policies are evaluated, by policy set. */
export function registerEvaluations(sources: MetricSources, registers: Registry[]): void {
  const figures = (): Iterable<[string, EvaluationSource]> => sources.evaluations?.() ?? [];
  const gauge = (name: string, help: string, read: (gauges: Gauges) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['policy_set'],
      registers,
      collect() {
        for (const [policy_set, source] of figures()) this.set({ policy_set }, read(source.gauges()));
      },
    });
  };
  const counter = (name: string, help: string, read: (source: EvaluationSource) => number): void => {
    new Counter({
      name,
      help,
      labelNames: ['policy_set'],
      registers,
      collect() {
        this.reset();
        for (const [policy_set, source] of figures()) this.inc({ policy_set }, read(source));
      },
    });
  };
  gauge(
    'portcullis_policy_memory_bytes',
    'Memory of all instances of modules, those in threads and of retiring bundles included.',
    ({ bytes }) => bytes,
  );
  gauge('portcullis_policy_instances', 'Instances of modules.', ({ instances }) => instances);
  gauge('portcullis_policy_threads', 'Threads for long evaluations.', ({ threads }) => threads);
  gauge('portcullis_policy_thread_queue', 'Evaluations that wait for a thread.', ({ queued }) => queued);
  counter(
    'portcullis_evaluations_interrupted_total',
    'Evaluations given up in the serving thread after their slice, to go on in a thread.',
    ({ interrupted }) => interrupted,
  );
  counter(
    'portcullis_evaluations_in_threads_total',
    'Evaluations given to threads.',
    ({ inThreads }) => inThreads,
  );
  counter(
    'portcullis_evaluations_joined_total',
    'Questions that waited for the answer of an equal one under way.',
    ({ joined }) => joined,
  );
  counter(
    'portcullis_evaluations_overloaded_total',
    'Evaluations denied because too many waited for a thread.',
    ({ overloaded }) => overloaded,
  );
  new Counter({
    name: 'portcullis_policy_threads_lost_total',
    help: 'Threads that were ended after a deadline (deadline), used up their heap (memory), ended by themselves (crash) or could not start (refused).',
    labelNames: ['policy_set', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [policy_set, { lost }] of figures()) {
        for (const [reason, count] of Object.entries(lost)) this.inc({ policy_set, reason }, count);
      }
    },
  });
}
