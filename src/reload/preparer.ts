import type { ManifestFinding } from '../bundle/bundle.ts';
import type { PreparedPolicySet } from '../policy/prepared.ts';
import type { ProofReport } from '../policy/proof/prove-policy-set.ts';
import type { BundleRules, PreparedBundle } from './activation.ts';
import type { PolicySetRules } from './combine.ts';

/** An archive, and what the operator asks of it. */
export interface RuledArchive {
  readonly archive: Uint8Array;
  readonly rules: BundleRules;
}

/** What is known of an archive that passed every check it can pass alone. Plain data. */
export interface BundleFacts {
  readonly revision: string;
  readonly archiveDigest: string;
  /** Undefined when the builder wrote none: OPA's own bundles have no sequence. */
  readonly sequence: number | undefined;
  /** Where its module may answer otherwise than OPA. */
  readonly findings: readonly ManifestFinding[];
}

/** A policy set that may go live, and how it was proved. Plain data. */
export interface Preparation {
  readonly prepared: PreparedPolicySet;
  /** By entrypoint, why nothing is known of its footprint. */
  readonly unknown: ReadonlyMap<string, string>;
  readonly proof: ProofReport;
  /** Names what was proved, and by which program. */
  readonly proved: string;
}

/** Does what takes long between the bytes of an archive and a policy set that data planes can serve, in this thread or in another. */
export interface Preparer {
  /** Rejects with the code of the first check that fails. `minSequence` is the highest sequence that was ever active. */
  open(bundle: RuledArchive, minSequence: number | undefined): Promise<BundleFacts>;
  /**
   * Makes one policy set of archives, all of which were opened, and proves it, unless it was `provedBefore`. Rejects with the code of the first
   * check that fails.
   */
  prepare(
    rules: PolicySetRules,
    bundles: readonly RuledArchive[],
    activatedAtMs: number,
    provedBefore?: string,
  ): Promise<Preparation>;
  /** Ends what is under way: that rejects with `cancelled`. */
  close(): Promise<void>;
}

export function factsOf({ bundle: { archiveDigest, manifest }, sequence }: PreparedBundle): BundleFacts {
  return {
    revision: manifest.revision,
    archiveDigest,
    sequence,
    findings: manifest.portcullis?.findings ?? [],
  };
}
