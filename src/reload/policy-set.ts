import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { DataPlaneControl } from '../decision/planes.ts';
import { toPortcullisError } from '../errors.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { footprintsOf } from '../policy/plan/footprint/footprints-of.ts';
import type { ProofReport } from '../policy/proof/prove-policy-set.ts';
import { type BundleRules, type PreparedBundle, prepareBundle } from './activation.ts';
import { combine, type PolicySetRules } from './combine.ts';
import { withFootprints } from './footprints.ts';
import { prove } from './prove.ts';

/** What the control plane uses to judge and deliver policy sets. */
export interface ActivationParts {
  readonly dataPlane: DataPlaneControl;
  readonly knownBuiltins: ReadonlySet<string>;
  readonly clock: Clock;
  /** Another analysis of plans, for tests. */
  readonly footprintsOf?: typeof footprintsOf;
  /** Fewer inputs for the proof, for tests that activate often. */
  readonly maxGeneratedInputs?: number;
}

/** What is active, and how it was proved. */
export interface Activation {
  readonly descriptor: PolicySetDescriptor;
  /** By entrypoint, why nothing is known of its footprint. */
  readonly unknown: ReadonlyMap<string, string>;
  readonly proof: ProofReport;
}

type Bundles = ReadonlyMap<string, PreparedBundle>;

/**
 * One policy set of the control plane: takes archives, and hands the data plane a new descriptor when all checks passed
 * and every bundle is there. One archive at a time.
 */
export class PolicySetActivator {
  readonly rules: PolicySetRules;
  readonly #bundleRules: readonly BundleRules[];
  readonly #parts: ActivationParts;
  /** What the active descriptor is made from; empty while nothing is active. */
  #active: Bundles = new Map();
  /** The newest archive of each bundle that passed the checks it can pass alone, active or not. */
  #newest: Bundles = new Map();
  #activation: Activation | undefined;
  readonly #sequences = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(rules: PolicySetRules, bundleRules: readonly BundleRules[], parts: ActivationParts) {
    this.rules = rules;
    this.#bundleRules = bundleRules;
    this.#parts = parts;
  }

  /** What is active; undefined until every bundle is there. */
  get descriptor(): PolicySetDescriptor | undefined {
    return this.#activation?.descriptor;
  }

  /** The last activation; undefined until every bundle is there. */
  get activation(): Activation | undefined {
    return this.#activation;
  }

  /** The bundle as it is part of what is active. */
  activeBundle(name: string): PreparedBundle | undefined {
    return this.#active.get(name);
  }

  /** The source says that this is what it has: an archive that came meanwhile and was refused counts no longer. */
  confirm(bundle: PreparedBundle): void {
    this.#newest = new Map(this.#newest).set(bundle.name, bundle);
  }

  /** Raises the sequence number below which a bundle is refused, to what was active in an earlier life. */
  refuseBelow(bundle: string, sequence: number): void {
    this.#sequences.set(bundle, Math.max(sequence, this.#sequences.get(bundle) ?? 0));
  }

  /**
   * Checks an archive and, when it and its neighbours make a policy set, activates that. Rejects with the code of the
   * first check that fails; then nothing that is active has changed. What was prepared is not active while another
   * bundle of the set is missing; it then becomes active together with that one.
   */
  offer(bundle: string, archive: Uint8Array): Promise<PreparedBundle> {
    const turn = this.#turn.then(() => this.#offer(bundle, archive));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #offer(name: string, archive: Uint8Array): Promise<PreparedBundle> {
    const rules = this.#bundleRules.find((candidate) => candidate.name === name)!;
    const { knownBuiltins } = this.#parts;
    const prepared = await prepareBundle(archive, rules, this.#sequences.get(name), knownBuiltins);
    this.#newest = new Map(this.#newest).set(name, prepared);
    const complete = this.#combinationsWith(prepared);
    let failure: unknown;
    for (const bundles of complete) {
      try {
        await this.#activate(bundles);
        return prepared;
      } catch (thrown) {
        failure ??= thrown;
      }
    }
    if (complete.length === 0) return prepared;
    throw toPortcullisError(failure);
  }

  /** The bundle beside what is active; and, for bundles that fit only together, beside the newest of the others. */
  #combinationsWith(prepared: PreparedBundle): Bundles[] {
    const besideActive = new Map(this.#active).set(prepared.name, prepared);
    const differ = [...this.#newest].some(([name, newest]) => besideActive.get(name) !== newest);
    const combinations = differ ? [besideActive, this.#newest] : [besideActive];
    return combinations.filter((bundles) => bundles.size === this.#bundleRules.length);
  }

  /** Each step may take a while on the thread that answers: decisions get their turn in between. */
  async #activate(bundles: Bundles): Promise<void> {
    const { clock, dataPlane, maxGeneratedInputs } = this.#parts;
    // In the order of the configuration, so that the same bundles always give the same digests.
    const all = this.#bundleRules.map((bundle) => bundles.get(bundle.name)!);
    await setImmediate();
    const combined = combine(this.rules, all, clock.wallMs());
    const footprinted = await withFootprints(combined, all, this.#parts.footprintsOf);
    const { descriptor } = footprinted;
    await setImmediate();
    const staged = await dataPlane.stage(descriptor);
    let proof: ProofReport;
    try {
      proof = await prove(footprinted, all, staged.evaluator, clock, maxGeneratedInputs);
    } catch (thrown) {
      staged.discard();
      throw thrown;
    }
    this.#active = bundles;
    this.#activation = { descriptor, unknown: footprinted.unknown, proof };
    for (const { name, sequence } of all) if (sequence !== undefined) this.refuseBelow(name, sequence);
    // Last, for it tells listeners, and they look here.
    staged.activate();
  }
}
