import type { ArchiveLimits } from '../bundle/archive.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { type OpenedBundle, openBundle, type Verification } from '../bundle/open.ts';
import { PortcullisError } from '../errors.ts';
import type { ModuleDescriptor } from '../policy/descriptor.ts';
import { toSharedBytes } from '../policy/threads/shared-bytes.ts';
import { compileModule } from '../policy/wasm/compile.ts';

/** What the operator asks of one bundle. */
export interface BundleRules {
  readonly name: string;
  readonly limits: ArchiveLimits;
  readonly verification: Verification;
  readonly requireVectors: boolean;
}

/** A bundle that passed every check it can pass alone. */
export interface PreparedBundle {
  readonly name: string;
  readonly bundle: OpenedBundle;
  readonly module: ModuleDescriptor | undefined;
  /** Undefined when the builder wrote none: OPA's own bundles have no sequence. */
  readonly sequence: number | undefined;
}

/**
 * Archive → limits → signature → manifest → sequence → compiled module with known builtins and entrypoints.
 * Rejects with the code of the first check that fails. Nothing outside is changed.
 * `minSequence` is the highest sequence that was ever active; undefined when there was none.
 */
export async function prepareBundle(
  archive: Uint8Array,
  rules: BundleRules,
  minSequence: number | undefined,
  knownBuiltins: ReadonlySet<string>,
): Promise<PreparedBundle> {
  const bundle = await openBundle(archive, { limits: rules.limits, verification: rules.verification });
  const sequence = bundle.manifest.portcullis?.sequence;
  checkSequence(rules.name, sequence, minSequence);
  if (rules.requireVectors && bundle.vectors === undefined) {
    const message = `bundle ${rules.name} brings no decision vectors, and the configuration requires them`;
    throw new PortcullisError('bundle_vectors_invalid', message);
  }
  const module = bundle.module && (await compile(rules.name, bundle.module, bundle, knownBuiltins));
  return { name: rules.name, bundle, module, sequence };
}

/** A bundle without a sequence may not replace one that has it: that would be the way around the check. */
function checkSequence(name: string, sequence: number | undefined, minSequence: number | undefined): void {
  if (minSequence === undefined || (sequence !== undefined && sequence >= minSequence)) return;
  const found = sequence === undefined ? 'no sequence number' : `sequence ${sequence}`;
  throw new PortcullisError(
    'bundle_sequence_rollback',
    `bundle ${name} has ${found}, but sequence ${minSequence} was active already`,
  );
}

/** Callers may ask what the manifest declares, not the dependents that OPA compiles in as well. */
async function compile(
  name: string,
  { bytes, entrypoints }: NonNullable<Bundle['module']>,
  { plan, sources }: Bundle,
  knownBuiltins: ReadonlySet<string>,
): Promise<ModuleDescriptor> {
  const compiled = await compileModule(name, bytes, knownBuiltins);
  const missing = entrypoints.filter((path) => !Object.hasOwn(compiled.entrypoints, path));
  if (missing.length > 0) {
    const message = `the manifest of bundle ${name} declares ${missing.join(', ')}, which its module does not have`;
    throw new PortcullisError('bundle_entrypoint_unknown', message);
  }
  const declared = entrypoints.map((path) => [path, compiled.entrypoints[path]!]);
  return {
    ...compiled,
    entrypoints: Object.fromEntries(declared),
    // Other threads are given the same bytes.
    ...(plan !== undefined && { plan: toSharedBytes(plan) }),
    sources: Object.fromEntries(
      sources.map(({ path, bytes }) => [path, Buffer.from(bytes).toString('utf8')]),
    ),
  };
}
