import type { WorkerThread } from './worker-thread.ts';

/** What of a worker is needed here. */
export type BalancedWorker = Pick<WorkerThread, 'calls' | 'connections'>;

const INTERVAL_MS = 1_000;

/**
 * How many looks in a row must find a worker without clients before a client is asked to come again: as many as this first, and twice as many
 * each time that it was in vain. Who always comes back to the same worker is asked ever less.
 */
const PATIENCE = { first: 2, last: 64 };

/** How many looks in a row must find nothing to do before that is forgotten: those who come for a moment change nothing. */
const CALM = 30;

/**
 * Where one worker has two clients or more and another has none, asks one of the first to connect again, which may bring it to any of them. Nobody
 * is asked once each worker has a client, or none has two. Only workers with two are asked, so that those without become fewer, never
 * more: it ends.
 */
export class ConnectionBalance {
  readonly #workers: () => readonly BalancedWorker[];
  /** How many workers had no client when one was asked last. */
  #without = Number.POSITIVE_INFINITY;
  /** How many looks have found one without, since a client was asked. */
  #looks = 0;
  #patience = PATIENCE.first;
  /** How many looks in a row have found nothing to do. */
  #calm = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `workers` are those that clients reach. */
  constructor(workers: () => readonly BalancedWorker[]) {
    this.#workers = workers;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const workers = this.#workers();
    const counts = workers.map(({ connections }) => connections);
    // Clients must not be sent to one that does not move.
    const known = counts.filter((count) => count !== undefined);
    if (known.length < counts.length) return;
    const most = Math.max(...known);
    const without = known.filter((count) => count === 0).length;
    if (without === 0 || most < 2) {
      this.#looks = 0;
      if (++this.#calm < CALM) return;
      this.#without = Number.POSITIVE_INFINITY;
      this.#patience = PATIENCE.first;
      return;
    }
    this.#calm = 0;
    const patience = without < this.#without ? this.#patience : Math.min(2 * this.#patience, PATIENCE.last);
    if (++this.#looks < patience) return;
    this.#looks = 0;
    this.#without = without;
    this.#patience = patience;
    workers[counts.indexOf(most)]!.calls.tell('retireOne', undefined);
  }
}
