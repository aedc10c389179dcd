/** Policy sets and their bundles. */
import { z } from 'zod';
import { duration, entrypoint, type Milliseconds, name, named, source } from './fields.ts';
import type { BundleSourceConfig } from './source.ts';

export interface VerificationConfig {
  /** Names in `keys`. */
  readonly keys: readonly string[];
  readonly keyId?: string | undefined;
  readonly scope?: string | undefined;
  readonly excludeFiles: readonly string[];
}

/** Exactly one of `verification` and `unsigned` is set. */
export interface BundleConfig {
  readonly source: BundleSourceConfig;
  readonly verification?: VerificationConfig | undefined;
  readonly unsigned?: 'allow' | undefined;
  readonly requireVectors: boolean;
  readonly maxStaleness?: Milliseconds | undefined;
}

export interface PolicySetConfig {
  readonly bundles: Readonly<Record<string, BundleConfig>>;
  /** Undefined: those that the bundles declare. */
  readonly entrypoints?: readonly string[] | undefined;
  readonly defaultEntrypoint?: string | undefined;
  /** By entrypoint; those that are not there are answered by the module. */
  readonly evaluators: Readonly<Record<string, EvaluatorKind>>;
  /** Undefined: policies see the time itself. */
  readonly timeResolution?: Milliseconds | undefined;
}

/** What answers an entrypoint: OPA's compiled module, or its plan. */
export type EvaluatorKind = 'wasm' | 'plan';

const verification: z.ZodType<VerificationConfig> = z.strictObject({
  keys: z
    .array(name())
    .min(1, 'name at least one of the keys')
    .describe('Names in `keys`, any of which may have signed the bundle.'),
  keyId: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Verifies with this one of `keys`, whatever key id the signature names. Needed where it names none, as those by `opa sign`.',
    ),
  scope: z
    .string()
    .optional()
    .describe('The scope that the signature must carry. Empty and unset are the same.'),
  excludeFiles: z
    .array(z.string().min(1))
    .prefault([])
    .describe(
      'Globs of files in the archive that the signature need not cover. They are left out of the bundle.',
    ),
});

const bundle: z.ZodType<BundleConfig> = z.strictObject({
  source: source().describe('Where the archive is: `file:path`. Watched; replace it by renaming.'),
  verification: verification.optional().describe('Which signature the bundle must carry.'),
  unsigned: z
    .literal('allow', 'the only value is allow; leave unsigned out to require a signature')
    .optional()
    .describe(
      '`allow` takes the bundle without a signature; a signed one is refused, for no key can check it. Instead of `verification`.',
    ),
  requireVectors: z
    .boolean()
    .prefault(false)
    .describe('Refuses archives that bring no decision vectors to prove themselves with.'),
  maxStaleness: duration()
    .optional()
    .describe(
      'Answers `not_ready` when the source has not confirmed the bundle for this long. Never when unset.',
    ),
});

const bundles: z.ZodType<Readonly<Record<string, BundleConfig>>> = named(bundle).refine(
  (value) => Object.keys(value).length > 0,
  'add a bundle, for example policy: { source: file:bundles/shop.tar.gz, verification: { keys: [shop] } }',
);

/** Beyond it a policy would hardly tell the time. */
const MAX_TIME_RESOLUTION_MS = 60 * 60 * 1000;

export const policySet: z.ZodType<PolicySetConfig> = z.strictObject({
  bundles: bundles.describe('The bundles that make up the policy set. Their roots must not overlap.'),
  entrypoints: z
    .array(entrypoint())
    .min(1, 'name an entrypoint, or leave entrypoints out to offer those that the bundles declare')
    .optional()
    .describe('The only entrypoints that callers may ask. By default those that the bundles declare.'),
  defaultEntrypoint: entrypoint()
    .optional()
    .describe('Asked when the caller names none. By default the first that a bundle declares.'),
  evaluators: z
    .record(entrypoint(), z.enum(['wasm', 'plan'], 'write wasm or plan'))
    .prefault({})
    .describe(
      'By entrypoint, what answers it: `wasm`, the compiled module (default), or `plan`, the evaluator of the plan: slower, and equal to OPA also where modules are not (see docs/plan-evaluator.md).',
    ),
  timeResolution: duration()
    .refine((value) => value <= MAX_TIME_RESOLUTION_MS, 'write at most 1h')
    .optional()
    .describe(
      'What `time.now_ns` is rounded down to, at most `1h`, so that answers which depend on the time can be cached that long (see docs/cache.md). Tokens and certificates are checked at the time itself. By default policies see the time itself.',
    ),
});
