/** What the serving thread and a preparing thread say to each other. All of it is plain data. */
import type { ErrorCode } from '../errors.ts';
import type { BundleRules } from './activation.ts';
import type { PolicySetRules } from './combine.ts';
import type { EvaluationLimits } from './prepare-policy-set.ts';
import type { BundleFacts, Preparation } from './preparer.ts';

/** What the thread is started with. */
export interface PreparingData {
  readonly knownBuiltins: ReadonlySet<string>;
  readonly limits: EvaluationLimits | undefined;
  readonly maxGeneratedInputs: number | undefined;
  /** Then large images come in pieces, which one data plane can take. */
  readonly oneDataPlane: boolean;
}

/** The same number means the same bytes for as long as the thread lives. */
export interface NumberedArchive {
  readonly number: number;
  /** In shared memory. */
  readonly archive: Uint8Array;
  readonly rules: BundleRules;
}

/** One at a time. */
export type PreparingJob =
  | {
      readonly kind: 'open';
      readonly bundle: NumberedArchive;
      readonly minSequence: number | undefined;
    }
  | {
      readonly kind: 'prepare';
      readonly rules: PolicySetRules;
      readonly bundles: readonly NumberedArchive[];
      readonly activatedAtMs: number;
      readonly provedBefore: string | undefined;
    };

export type PreparingAnswer =
  | { readonly kind: 'done'; readonly result: BundleFacts | Preparation }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      /** Of what caused it. */
      readonly cause: string | undefined;
    };
