import type { ActivePolicySets } from '../decision/planes.ts';
import type { PolicySetStatus } from '../observe/status.ts';
import type { Readiness } from '../services/readiness.ts';

/** Ready while every policy set is, until the server begins to stop. */
export class ServerReadiness implements Readiness {
  readonly #status: () => readonly PolicySetStatus[];
  readonly #missing: () => readonly string[];
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();

  /** `missing` tells what else keeps the server from answering. */
  constructor(
    status: () => readonly PolicySetStatus[],
    active: ActivePolicySets,
    missing: () => readonly string[] = () => [],
  ) {
    this.#status = status;
    this.#missing = missing;
    active.onChange(() => this.#tell());
  }

  /** Aborted when the server begins to stop. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  ready(): boolean {
    return this.reasons().length === 0;
  }

  readyFor(policySet: string): boolean | undefined {
    const status = this.#status().find(({ name }) => name === policySet);
    return status && status.ready && !this.#stop.signal.aborted;
  }

  reasons(policySet?: string): readonly string[] {
    if (this.#stop.signal.aborted) return ['the server is stopping'];
    const lacking = this.#status()
      .filter(({ name, ready }) => !ready && (policySet ?? name) === name)
      .map(({ name, bundles }) => {
        const why = bundles.flatMap(({ name: bundle, active, lastError }) => {
          if (lastError !== undefined) return [`bundle ${bundle}: ${lastError.code}`];
          return active === undefined ? [`bundle ${bundle} is not active`] : [];
        });
        return `policy set ${name}: ${why.join(', ') || 'too old to be trusted'}`;
      });
    return [...this.#missing(), ...lacking];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From now on not ready, so that load balancers look elsewhere while calls in flight end. */
  stop(): void {
    this.#stop.abort();
    this.#tell();
  }

  /** What changed, the listeners see for themselves. */
  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
