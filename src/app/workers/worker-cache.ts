import type { CacheControl, CacheFigures, CacheRow, CacheScope } from '../../decision/planes.ts';
import { PortcullisError } from '../../errors.ts';
import type { Distrusted, Switched } from './protocol.ts';
import { summedFigures, summedRows } from './summed-cache.ts';
import type { WorkerThread } from './worker-thread.ts';

/**
 * The caches of all workers as one: figures are summed up, and what an operator does is done in each, and again in those that start later.
 * An entrypoint whose footprint one worker caught wrong is distrusted in all.
 */
export class WorkerCache implements CacheControl {
  readonly #workers: () => readonly WorkerThread[];
  /** What operators turned, the newest last. */
  readonly #switched = new Map<string, Switched>();
  readonly #distrusted = new Map<string, Distrusted>();

  constructor(workers: () => readonly WorkerThread[]) {
    this.#workers = workers;
  }

  async figures(): Promise<CacheFigures> {
    return summedFigures(await this.#all((worker) => worker.calls.ask('cache', undefined)));
  }

  async flush(scope: CacheScope = {}): Promise<number> {
    const counts = await this.#all((worker) => worker.calls.ask('flush', scope));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async turn(scope: CacheScope, on: boolean): Promise<readonly CacheRow[]> {
    const rows = await this.#all((worker) => worker.calls.ask('turn', { scope, on }));
    const { policySet = '', entrypoint = '' } = scope;
    const name = JSON.stringify([policySet, entrypoint]);
    this.#switched.delete(name);
    this.#switched.set(name, { scope, on });
    // As in the cache itself: who turns on this very entrypoint trusts it again.
    if (on && entrypoint !== '') {
      for (const [key, known] of this.#distrusted) {
        if (known.policySet === policySet && known.entrypoint === entrypoint) this.#distrusted.delete(key);
      }
    }
    return summedRows(rows);
  }

  /** One worker caught a footprint wrong. */
  distrust(distrusted: Distrusted): void {
    this.#distrusted.set(JSON.stringify(distrusted), distrusted);
    for (const worker of this.#workers()) worker.calls.tell('distrust', distrusted);
  }

  /** Makes a new worker's cache like the others. */
  repeat({ calls }: Pick<WorkerThread, 'calls'>): void {
    for (const distrusted of this.#distrusted.values()) calls.tell('distrust', distrusted);
    for (const switched of this.#switched.values()) calls.tell('turn', switched);
  }

  /** Asks all; one that ends meanwhile has no cache any more. Rejects as the first that answers otherwise. */
  async #all<T>(ask: (worker: WorkerThread) => Promise<T>): Promise<readonly T[]> {
    const workers = this.#workers();
    const outcomes = await Promise.allSettled(workers.map(ask));
    const answers: T[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') answers.push(outcome.value);
      else if (!workers[index]!.ended) throw outcome.reason;
    }
    if (answers.length === 0) throw new PortcullisError('not_ready', 'no worker answers');
    return answers;
  }
}
