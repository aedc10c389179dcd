import { PortcullisError } from '../errors.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { Evaluator } from '../policy/evaluator.ts';
import { ActiveEntrypoint } from './active-entrypoint.ts';
import type { DecisionCache } from './cache.ts';
import { policySetDigest } from './key.ts';

/** A policy set as decisions see it. Shared by successive snapshots; closed when the last of them is gone. */
export class ActivePolicySet {
  readonly descriptor: PolicySetDescriptor;
  readonly #entrypoints: ReadonlyMap<string, ActiveEntrypoint>;
  readonly #evaluator: Evaluator;
  #holders = 0;

  constructor(descriptor: PolicySetDescriptor, evaluator: Evaluator, cache: DecisionCache) {
    this.descriptor = descriptor;
    this.#evaluator = evaluator;
    const { name, entrypoints } = descriptor;
    const digest = policySetDigest(descriptor);
    this.#entrypoints = new Map(
      entrypoints.map((path) => [
        path,
        new ActiveEntrypoint(descriptor, path, digest, evaluator, cache.entrypoint(name, path)),
      ]),
    );
  }

  /** The entrypoint asked for, or the default one; throws `unknown_entrypoint`. */
  entrypoint(path: string): ActiveEntrypoint {
    const wanted = path === '' ? this.descriptor.defaultEntrypoint : path;
    const found = wanted === undefined ? undefined : this.#entrypoints.get(wanted);
    if (found !== undefined) return found;
    const message =
      wanted === undefined
        ? `policy set ${this.descriptor.name} has no default entrypoint: name one`
        : `policy set ${this.descriptor.name} does not offer the entrypoint ${JSON.stringify(wanted)}`;
    throw new PortcullisError('unknown_entrypoint', message);
  }

  hold(): void {
    this.#holders++;
  }

  letGo(): void {
    if (--this.#holders === 0) this.#evaluator.close();
  }
}

/**
 * The immutable state of all policy sets. Whoever decides holds a lease, across awaits too; the data plane holds one
 * while the snapshot is current. When the last lease ends, what no other snapshot shares is freed.
 */
export class Snapshot {
  readonly #sets: ReadonlyMap<string, ActivePolicySet>;
  /** Too old to be trusted: asked, they answer `not_ready`. */
  readonly #unusable: ReadonlySet<string>;
  /** Every policy set that the operator configured, active or not. */
  readonly #configured: readonly string[];
  #leases = 1;

  constructor(
    configured: readonly string[],
    sets: ReadonlyMap<string, ActivePolicySet>,
    unusable: ReadonlySet<string>,
  ) {
    this.#configured = configured;
    this.#sets = sets;
    this.#unusable = unusable;
    for (const set of sets.values()) set.hold();
  }

  lease(): this {
    this.#leases++;
    return this;
  }

  release(): void {
    if (--this.#leases > 0) return;
    for (const set of this.#sets.values()) set.letGo();
  }

  /**
   * The policy set of that name, or the only one that is configured. Throws `unknown_policy_set` and `not_ready`.
   * "Only" counts what is configured, not what is active: a caller must never reach another tenant's policies because
   * its own are not there yet.
   */
  policySet(name: string): ActivePolicySet {
    const wanted = name === '' && this.#configured.length === 1 ? this.#configured[0]! : name;
    if (!this.#configured.includes(wanted)) {
      const message =
        wanted === '' ? 'name a policy set: there are several' : `no policy set ${JSON.stringify(wanted)}`;
      throw new PortcullisError('unknown_policy_set', message);
    }
    const set = this.#sets.get(wanted);
    if (set === undefined)
      throw new PortcullisError('not_ready', `policy set ${wanted} has no verified bundle yet`);
    if (this.#unusable.has(wanted))
      throw new PortcullisError('not_ready', `policy set ${wanted} is too old to be trusted`);
    return set;
  }
}
