import { setTimeout } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { countersOf, type MetricValues, summed, valuesOf } from '../../observe/summed-metrics.ts';
import type { WorkerThread } from './worker-thread.ts';

/** A worker that is busy for longer is left out; scrapers wait for ten seconds. */
const TIMEOUT_MS = 1_000;

/** The metrics page of all workers and the main thread. */
export class WorkerMetrics {
  readonly #registry: Registry;
  readonly #workers: () => readonly WorkerThread[];
  /** What workers had counted that are gone: totals must not fall. */
  #departed: readonly MetricValues[] = [];
  /** How many did not answer when the page was asked for last. */
  silent = 0;

  constructor(registry: Registry, workers: () => readonly WorkerThread[]) {
    this.#registry = registry;
    this.#workers = workers;
  }

  async page(): Promise<string> {
    const workers = this.#workers();
    const timeout = new AbortController();
    const timeIsUp = setTimeout(TIMEOUT_MS, false, { signal: timeout.signal }).catch(() => false);
    const answered = await Promise.all(workers.map((worker) => Promise.race([timeIsUp, asked(worker)])));
    timeout.abort();
    this.silent = answered.filter((answer) => !answer).length;
    const own = await valuesOf(this.#registry);
    // One that is gone by now is among the departed.
    const theirs = workers.filter(({ ended }) => !ended).map(({ metrics }) => metrics);
    return summed([own, this.#departed, ...theirs]).metrics();
  }

  /** Keeps what it had counted when it was asked last. */
  lost({ metrics }: WorkerThread): void {
    const counters = countersOf(metrics);
    if (counters.length === 0) return;
    this.#departed = [...this.#departed, ...counters];
  }
}

async function asked(worker: WorkerThread): Promise<boolean> {
  try {
    worker.metrics = await worker.calls.ask('metrics', undefined);
    return true;
  } catch {
    return false;
  }
}
