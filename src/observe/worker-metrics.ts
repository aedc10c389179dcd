import { Counter, Gauge, type Registry } from 'prom-client';

/** What is known of the workers. */
export interface WorkerFigures {
  /** How many there should be. */
  readonly configured: number;
  /** How many answer callers. */
  readonly serving: number;
  /** How many did not tell their metrics in time. */
  readonly silent: number;
  /** How many were lost, by reason. */
  readonly lost: Readonly<Record<string, number>>;
}

/** Metrics of the workers. */
export function registerWorkers(figures: () => WorkerFigures, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: (figures: WorkerFigures) => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(figures()));
      },
    });
  };
  gauge('portcullis_workers_configured', 'Workers that there should be.', ({ configured }) => configured);
  gauge('portcullis_workers_serving', 'Workers that answer callers.', ({ serving }) => serving);
  gauge(
    'portcullis_workers_silent',
    'Workers that did not tell their metrics in time; what they told last is on this page.',
    ({ silent }) => silent,
  );
  new Counter({
    name: 'portcullis_workers_lost_total',
    help: 'Workers that did not move for ten seconds (stalled), used up their heap (memory), ended by themselves (crash) or could not be made ready (refused).',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(figures().lost)) this.inc({ reason }, count);
    },
  });
}
