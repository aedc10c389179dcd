import type { DataPlaneControl } from '../decision/planes.ts';
import { toPortcullisError } from '../errors.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { ProofReport } from '../policy/proof/prove-policy-set.ts';
import type { BundleRules } from './activation.ts';
import type { PolicySetRules } from './combine.ts';
import { InlinePreparer, type PreparationParts } from './inline-preparer.ts';
import type { BundleFacts, Preparer, RuledArchive } from './preparer.ts';

/** What the control plane uses to judge and deliver policy sets. */
export interface ActivationParts extends PreparationParts {
  readonly dataPlane: DataPlaneControl;
  /** What prepares a policy set; in this thread when not given. `isActive` says whether an older one is there. */
  readonly preparer?: (policySet: string, isActive: () => boolean) => Preparer;
}

/** What is active, and how it was proved. */
export interface Activation {
  readonly descriptor: PolicySetDescriptor;
  /** By entrypoint, why nothing is known of its footprint. */
  readonly unknown: ReadonlyMap<string, string>;
  readonly proof: ProofReport;
  /** Names what was proved, and by which program. */
  readonly proved: string;
}

/** An archive that passed every check it can pass alone. */
export interface HeldBundle extends BundleFacts {
  readonly name: string;
  /** As fetched; dropped once it has been saved. */
  archive: Uint8Array | undefined;
}

/** And what it takes to combine it with others. */
interface Held extends HeldBundle {
  content: RuledArchive | undefined;
}

type Bundles = ReadonlyMap<string, Held>;

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
  readonly #preparer: Preparer;
  #provedBefore: string | undefined;
  readonly #sequences = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(rules: PolicySetRules, bundleRules: readonly BundleRules[], parts: ActivationParts) {
    this.rules = rules;
    this.#bundleRules = bundleRules;
    this.#parts = parts;
    this.#preparer =
      parts.preparer?.(rules.name, () => this.#activation !== undefined) ?? new InlinePreparer(parts);
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
  activeBundle(name: string): HeldBundle | undefined {
    return this.#active.get(name);
  }

  /** The source says that this is what it has: an archive that came meanwhile and was refused counts no longer. */
  confirm(bundle: HeldBundle): void {
    this.#newest = new Map(this.#newest).set(bundle.name, bundle as Held);
  }

  /** What was proved in an earlier life need not be proved again, as long as it is the same. */
  trustProof(proved: string): void {
    this.#provedBefore = proved;
  }

  /** Ends an activation that is under way: it rejects with `cancelled`. */
  close(): Promise<void> {
    return this.#preparer.close();
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
  offer(bundle: string, archive: Uint8Array): Promise<HeldBundle> {
    const turn = this.#turn.then(() => this.#offer(bundle, archive));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #offer(name: string, archive: Uint8Array): Promise<HeldBundle> {
    const rules = this.#bundleRules.find((candidate) => candidate.name === name)!;
    const content = { archive, rules };
    const facts = await this.#preparer.open(content, this.#sequences.get(name));
    const prepared: Held = { ...facts, name, archive, content };
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
  #combinationsWith(prepared: Held): Bundles[] {
    const besideActive = new Map(this.#active).set(prepared.name, prepared);
    const differ = [...this.#newest].some(([name, newest]) => besideActive.get(name) !== newest);
    const combinations = differ ? [besideActive, this.#newest] : [besideActive];
    return combinations.filter((bundles) => bundles.size === this.#bundleRules.length);
  }

  async #activate(bundles: Bundles): Promise<void> {
    const { clock, dataPlane } = this.#parts;
    // In the order of the configuration, so that the same bundles always give the same digests.
    const all = this.#bundleRules.map((bundle) => bundles.get(bundle.name)!);
    const contents = all.map(({ content }) => content!);
    const { prepared, ...known } = await this.#preparer.prepare(
      this.rules,
      contents,
      clock.wallMs(),
      this.#provedBefore,
    );
    const staged = await dataPlane.stage(prepared);
    this.#active = bundles;
    this.#activation = { descriptor: prepared.descriptor, ...known };
    for (const { name, sequence } of all) if (sequence !== undefined) this.refuseBelow(name, sequence);
    // One that stands alone is never combined again.
    if (all.length === 1) all[0]!.content = undefined;
    // Last, for it tells listeners, and they look here.
    await staged.activate();
  }
}
