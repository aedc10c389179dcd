import type { Clock } from '../clock.ts';
import type { EvaluatorFactory } from '../decision/data-plane.ts';
import type { DataPlaneControl } from '../decision/planes.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import { type BundleRules, type PreparedBundle, prepareBundle } from './activation.ts';
import { combine, type PolicySetRules } from './combine.ts';
import { prove } from './prove.ts';

/** What the control plane uses to judge and deliver policy sets. */
export interface ActivationParts {
  readonly dataPlane: DataPlaneControl;
  readonly createEvaluator: EvaluatorFactory;
  readonly knownBuiltins: ReadonlySet<string>;
  readonly clock: Clock;
}

/**
 * One policy set of the control plane: takes archives, and hands the data plane a new descriptor when all checks passed
 * and every bundle is there. One archive at a time, so that two bundles that change together cannot pass each other.
 */
export class PolicySetActivator {
  readonly rules: PolicySetRules;
  readonly #bundleRules: readonly BundleRules[];
  readonly #parts: ActivationParts;
  #bundles: ReadonlyMap<string, PreparedBundle> = new Map();
  #sequences: ReadonlyMap<string, number> = new Map();
  #descriptor: PolicySetDescriptor | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(rules: PolicySetRules, bundleRules: readonly BundleRules[], parts: ActivationParts) {
    this.rules = rules;
    this.#bundleRules = bundleRules;
    this.#parts = parts;
  }

  /** What is active; undefined until every bundle is there. */
  get descriptor(): PolicySetDescriptor | undefined {
    return this.#descriptor;
  }

  /** The bundle as it is part of what is active. */
  activeBundle(name: string): PreparedBundle | undefined {
    return this.#descriptor && this.#bundles.get(name);
  }

  /** Raises the sequence number below which a bundle is refused, to what was active in an earlier life. */
  refuseBelow(bundle: string, sequence: number): void {
    const highest = Math.max(sequence, this.#sequences.get(bundle) ?? 0);
    this.#sequences = new Map(this.#sequences).set(bundle, highest);
  }

  /**
   * Checks an archive and, when it and its neighbours make a policy set, activates that. Rejects with the code of the
   * first check that fails; then nothing has changed. What was prepared is not active while another bundle of the set
   * is missing; it then becomes active together with that one.
   */
  offer(bundle: string, archive: Uint8Array): Promise<PreparedBundle> {
    const turn = this.#turn.then(() => this.#offer(bundle, archive));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #offer(name: string, archive: Uint8Array): Promise<PreparedBundle> {
    const { clock, createEvaluator, dataPlane, knownBuiltins } = this.#parts;
    const rules = this.#bundleRules.find((candidate) => candidate.name === name)!;
    const prepared = await prepareBundle(archive, rules, this.#sequences.get(name), knownBuiltins);
    const bundles = new Map(this.#bundles).set(name, prepared);
    if (bundles.size < this.#bundleRules.length) {
      this.#bundles = bundles;
      return prepared;
    }
    // In the order of the configuration, so that the same bundles always give the same digests.
    const all = this.#bundleRules.map((bundle) => bundles.get(bundle.name)!);
    const wallMs = clock.wallMs();
    const descriptor = combine(this.rules, all, wallMs);
    await prove(descriptor, all, createEvaluator, { wallMs, monotonicMs: () => clock.monotonicMs() });
    await dataPlane.activate(descriptor);
    this.#bundles = bundles;
    this.#descriptor = descriptor;
    for (const { name: bundle, sequence } of all)
      if (sequence !== undefined) this.refuseBelow(bundle, sequence);
    return prepared;
  }
}
