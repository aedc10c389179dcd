import { createHash } from 'node:crypto';
import type { Bundle, BundleFile, ManifestFinding, PortcullisMetadata } from '../bundle/bundle.ts';
import { mergeData } from '../bundle/data.ts';
import { MANIFEST_FILE, MODULE_FILE, PLAN_FILE, VECTORS_FILE } from '../bundle/file-names.ts';
import { sha256Hex } from '../bundle/hash.ts';
import { readBundle } from '../bundle/read.ts';
import { VERSION } from '../config/version.ts';
import { PortcullisError } from '../errors.ts';
import { listFindings } from '../policy/plan/findings/list-findings.ts';
import type { FootprintText } from '../policy/plan/footprint-text/describe-footprint.ts';
import { describePlanFootprints } from '../policy/plan/footprint-text/describe-plan.ts';
import { type DecisionVector, writeVectors } from '../policy/vector-format.ts';
import { authorManifest } from './author-manifest.ts';
import { type CompiledPolicies, compilePolicies } from './compile-policies.ts';
import { OPA_VERSION } from './opa-tool.ts';
import { deriveRoots } from './roots.ts';
import { readSources, type Sources } from './sources.ts';
import { loadVectors } from './vectors.ts';

export interface BuildOptions {
  /** Folders and files to build from. */
  readonly sources: readonly string[];
  /** Paths in the bundle are relative to this folder; by default to each of `sources`. */
  readonly base?: string | undefined;
  /** Rule paths such as `shop/authz/decision`, beside those that the policies declare; the first is the default. */
  readonly entrypoints?: readonly string[];
  /** Where `opaTool` found OPA; looked for in the process's own environment when left out. */
  readonly opaPath?: string | undefined;
  /** Free text for people; by default the start of a digest over the sources. */
  readonly revision?: string | undefined;
  /** Never goes back for a bundle once active; 0 when left out. */
  readonly sequence?: number | undefined;
  /** Data paths that the bundle owns; by default those of its packages and data. */
  readonly roots?: readonly string[] | undefined;
}

/** A bundle in our universal layout, before it is signed and packed. */
export interface BuiltBundle {
  readonly files: readonly BundleFile[];
  readonly revision: string;
  readonly sequence: number;
  readonly roots: readonly string[];
  /** That callers may ask, the default first. */
  readonly entrypoints: readonly string[];
  readonly packages: readonly string[];
  /** What each entrypoint can depend on, and how long its answers can be kept. */
  readonly footprints: ReadonlyMap<string, FootprintText>;
  /** Entrypoints whose answers the author promises to be cacheable. */
  readonly cacheable: readonly string[];
  readonly vectors: readonly DecisionVector[];
  /** Where the module may answer otherwise than OPA. */
  readonly findings: readonly ManifestFinding[];
  /** As a server reads it. */
  readonly bundle: Bundle;
}

const EMPTY: CompiledPolicies = {
  module: new Uint8Array(),
  plan: new Uint8Array(),
  entrypoints: [],
  cacheable: [],
  builtins: [],
  packages: [],
};

/**
 * Builds a bundle: sources and data as they were written, the module and the plan that OPA makes of them, the decision
 * vectors, and a manifest that binds module and plan. The same sources give the same bytes. Without Rego it is a bundle
 * of data alone.
 * Throws PortcullisError `build_failed`, `opa_unavailable`, `io_failed`, and the `bundle_*` codes of what a server
 * would refuse.
 */
export async function buildBundle(options: BuildOptions): Promise<BuiltBundle> {
  const sources = await readSources(options.sources, options.base);
  if (sources.rego.length === 0 && sources.data.length === 0) {
    throw new PortcullisError('build_failed', `no policies and no data in ${options.sources.join(', ')}`);
  }
  const compiled =
    sources.rego.length === 0
      ? EMPTY
      : await compilePolicies(sources, options.entrypoints ?? [], options.opaPath);
  const vectors = loadVectors(sources.vectors, compiled.entrypoints);
  const author = authorManifest(sources.manifest);
  const revision = options.revision ?? author.revision ?? digestOf(sources).slice(0, 12);
  const sequence = options.sequence ?? 0;
  const roots = options.roots ?? author.roots ?? deriveRoots(compiled.packages, sources.data);
  const findings = compiled === EMPTY ? [] : listFindings(compiled.plan, mergeData(sources.data));
  const manifest = {
    revision,
    roots,
    rego_version: 1,
    metadata: { ...author.metadata, portcullis: portcullisMetadata(compiled, findings, sequence) },
  };
  const files: BundleFile[] = [
    ...sources.rego,
    ...sources.data,
    { path: MANIFEST_FILE, bytes: Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`) },
  ];
  if (sources.rego.length > 0) {
    files.push({ path: MODULE_FILE, bytes: compiled.module }, { path: PLAN_FILE, bytes: compiled.plan });
  }
  if (vectors.length > 0) files.push({ path: VECTORS_FILE, bytes: writeVectors(vectors) });
  // What a server would refuse is refused here: roots that miss a package, data that two files define.
  const bundle = readBundle(files, new Uint8Array());
  const footprints: BuiltBundle['footprints'] =
    compiled === EMPTY
      ? new Map()
      : describePlanFootprints(compiled.plan, bundle.data.document, compiled.entrypoints);
  const { entrypoints, cacheable, packages } = compiled;
  return {
    files,
    revision,
    sequence,
    roots,
    entrypoints,
    packages,
    footprints,
    cacheable,
    vectors,
    findings,
    bundle,
  };
}

function portcullisMetadata(
  compiled: CompiledPolicies,
  findings: readonly ManifestFinding[],
  sequence: number,
): PortcullisMetadata {
  return {
    format: 1,
    builder: `portcullis/${VERSION}`,
    opaVersion: OPA_VERSION,
    entrypoints: compiled.entrypoints,
    digests: { module: sha256Hex(compiled.module), plan: sha256Hex(compiled.plan) },
    sequence,
    capabilities: compiled.builtins,
    findings,
  };
}

/** Over all that the author wrote, each part by its length. */
function digestOf(sources: Sources): string {
  const hash = createHash('sha256');
  for (const { path, bytes } of [...sources.rego, ...sources.data, ...sources.vectors]) {
    hash.update(`${Buffer.byteLength(path)}:${path}${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex');
}
