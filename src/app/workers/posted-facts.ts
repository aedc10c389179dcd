import type { ServerStatus } from '../../observe/status.ts';
import type { Readiness } from '../../services/readiness.ts';
import type { ServerFacts } from '../data-planes.ts';
import type { Conversation } from './conversation.ts';
import type { MainCalls, PostedReadiness } from './protocol.ts';

const NOTHING_YET: PostedReadiness = { stopping: false, reasons: ['the worker is starting'], policySets: {} };

/** What a worker knows of the whole server: readiness as the main thread posts it; the rest is asked there. */
export class PostedFacts implements ServerFacts, Readiness {
  readonly status: () => Promise<ServerStatus>;
  readonly metrics: () => Promise<string>;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  #posted = NOTHING_YET;

  constructor(main: Pick<Conversation<MainCalls>, 'ask'>) {
    this.status = () => main.ask('status', undefined);
    this.metrics = () => main.ask('metrics', undefined);
  }

  get readiness(): Readiness {
    return this;
  }

  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  /** The main thread says that something has changed. */
  update(posted: PostedReadiness): void {
    this.#posted = posted;
    if (posted.stopping) this.#stop.abort();
    for (const listener of this.#listeners) listener();
  }

  ready(): boolean {
    return this.#posted.reasons.length === 0;
  }

  readyFor(policySet: string): boolean | undefined {
    const { policySets } = this.#posted;
    return Object.hasOwn(policySets, policySet) ? policySets[policySet]!.ready : undefined;
  }

  reasons(policySet?: string): readonly string[] {
    const { policySets, reasons } = this.#posted;
    if (policySet === undefined) return reasons;
    return Object.hasOwn(policySets, policySet) ? policySets[policySet]!.reasons : [];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Readiness as it is posted. */
export function postedReadiness(
  { readiness, stopping }: Pick<ServerFacts, 'readiness' | 'stopping'>,
  policySets: readonly string[],
): PostedReadiness {
  const rows = policySets.map((name) => [
    name,
    { ready: readiness.readyFor(name) === true, reasons: readiness.reasons(name) },
  ]);
  return {
    stopping: stopping.aborted,
    reasons: readiness.reasons(),
    policySets: Object.fromEntries(rows),
  };
}
