import type { ServerFacts } from '../data-planes.ts';
import { postedReadiness } from './posted-facts.ts';
import type { PostedReadiness } from './protocol.ts';
import type { WorkerThread } from './worker-thread.ts';

/** Some of it changes without anybody saying so: errors of sources, and age. */
const INTERVAL_MS = 1_000;

/** Keeps workers informed of the server's readiness. */
export class PostingReadiness {
  readonly #policySets: readonly string[];
  readonly #workers: () => readonly WorkerThread[];
  #posted: PostedReadiness | undefined;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #stop: () => void = () => {};

  constructor(policySets: readonly string[], workers: () => readonly WorkerThread[]) {
    this.#policySets = policySets;
    this.#workers = workers;
  }

  start(facts: ServerFacts): void {
    const look = (): void => this.#look(facts);
    this.#stop = facts.readiness.onChange(look);
    this.#timer = setInterval(look, INTERVAL_MS).unref();
    look();
  }

  /** For a worker that starts later. */
  tell({ calls }: Pick<WorkerThread, 'calls'>): void {
    if (this.#posted !== undefined) calls.tell('readiness', this.#posted);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stop();
  }

  #look(facts: ServerFacts): void {
    const posted = postedReadiness(facts, this.#policySets);
    const text = JSON.stringify(posted);
    if (text === this.#text) return;
    this.#text = text;
    this.#posted = posted;
    for (const worker of this.#workers()) this.tell(worker);
  }
}
