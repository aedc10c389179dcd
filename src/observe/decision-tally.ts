import { Counter, type Registry } from 'prom-client';
import type { DecisionEvent } from './decision-event.ts';

/** Decisions with the same labels. */
interface Count {
  cached: number;
  uncached: number;
}

type ByStatus = Map<string, Count>;

const UNKNOWN = 'unknown';

/**
 * Counts decisions by policy set, entrypoint, status and whether they were cached. A labelled prom-client counter costs more
 * than a cached decision. Labels are bounded: names that no configuration knows count as `unknown`.
 */
export class DecisionTally {
  readonly #policySets: ReadonlySet<string>;
  /** What an empty name means: the only policy set there is. */
  readonly #defaultPolicySet: string;
  readonly #counts = new Map<string, Map<string, ByStatus>>();
  /** The decision before: most are of the same entrypoint, which saves looking up its names. */
  #lastProvenance: object | undefined;
  #lastCounts: ByStatus = new Map();

  /** `policySets` are those that the configuration names: only they become labels. */
  constructor(policySets: readonly string[]) {
    this.#policySets = new Set(policySets);
    this.#defaultPolicySet = policySets.length === 1 ? policySets[0]! : '';
  }

  count(event: DecisionEvent): void {
    const { provenance, status } = event;
    if (provenance === undefined || provenance !== this.#lastProvenance) {
      this.#lastCounts = this.#byStatus(event);
      this.#lastProvenance = provenance;
    }
    let count = this.#lastCounts.get(status);
    if (count === undefined) this.#lastCounts.set(status, (count = { cached: 0, uncached: 0 }));
    if (event.cached) count.cached++;
    else count.uncached++;
  }

  /** The label's value. */
  policySetOf({ policySet }: DecisionEvent): string {
    const name = policySet === '' ? this.#defaultPolicySet : policySet;
    return this.#policySets.has(name) ? name : UNKNOWN;
  }

  /** All counts with their labels. */
  *rows(): Iterable<readonly [labels: Readonly<Record<string, string>>, count: number]> {
    for (const [policy_set, byEntrypoint] of this.#counts) {
      for (const [entrypoint, byStatus] of byEntrypoint) {
        for (const [status, { cached, uncached }] of byStatus) {
          yield [{ policy_set, entrypoint, status, cached: 'true' }, cached];
          yield [{ policy_set, entrypoint, status, cached: 'false' }, uncached];
        }
      }
    }
  }

  #byStatus(event: DecisionEvent): ByStatus {
    // Without a digest nothing was found under this name, which is then the caller's.
    const entrypoint = event.digest === '' ? UNKNOWN : event.entrypoint;
    const byEntrypoint = entry(this.#counts, this.policySetOf(event), () => new Map<string, ByStatus>());
    return entry(byEntrypoint, entrypoint, () => new Map<string, Count>());
  }
}

/** The tally as a metric. */
export function registerDecisions(tally: DecisionTally, registers: Registry[]): void {
  new Counter({
    name: 'portcullis_decisions_total',
    help: 'Decisions by policy set, entrypoint, status and whether they came from the cache.',
    labelNames: ['policy_set', 'entrypoint', 'status', 'cached'],
    registers,
    collect() {
      this.reset();
      for (const [labels, count] of tally.rows()) this.inc(labels, count);
    },
  });
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
