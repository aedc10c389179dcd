/** What is known of a bundle without serving it. */
import { createHash } from 'node:crypto';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../bundle/archive.ts';
import type { ManifestFinding } from '../bundle/bundle.ts';
import { isSignaturesFile } from '../bundle/file-names.ts';
import { readBundle } from '../bundle/read.ts';
import type { SignatureRules } from '../bundle/signature.ts';
import type { Effect } from '../policy/builtins/builtin.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import { listFindings } from '../policy/plan/findings/list-findings.ts';
import { parseVectors } from '../policy/vectors.ts';
import { type FootprintFacts, footprintFacts } from './footprint-facts.ts';
import { moduleFacts } from './module-facts.ts';
import { type SignatureFacts, signatureFacts } from './signature-facts.ts';

export interface BundleFacts extends FootprintFacts {
  readonly archive: { readonly bytes: number; readonly digest: string; readonly inflatedBytes: number };
  readonly signature: SignatureFacts;
  readonly revision: string;
  readonly sequence?: number | undefined;
  readonly builder?: string | undefined;
  readonly opaVersion?: string | undefined;
  readonly roots: readonly string[];
  readonly entrypoints: readonly string[];
  readonly module?:
    | { readonly bytes: number; readonly digest: string; readonly memoryPages?: number | undefined }
    | undefined;
  /** Where the module may answer otherwise than OPA, by its plan. */
  readonly findings: readonly ManifestFinding[];
  /** Only a plan that the manifest binds to the module counts. */
  readonly plan?: { readonly bytes: number; readonly digest: string } | undefined;
  readonly builtins: readonly {
    readonly name: string;
    readonly offered: boolean;
    readonly effects: readonly Effect[];
  }[];
  /** Why nothing is known of the builtins: reading them would mean running the module. */
  readonly moduleUnread?: string | undefined;
  readonly vectors: number;
  readonly sources: readonly string[];
}

/**
 * Reads everything, whether the signature is good or not; what it says about itself is then just a claim. Only a module
 * whose signature is refused is not asked, as that runs it. Throws the `archive_*` and `bundle_*` codes for what cannot be read.
 */
export async function bundleFacts(
  archive: Uint8Array,
  rules: SignatureRules | undefined,
): Promise<BundleFacts> {
  const files = await readArchive(archive, DEFAULT_ARCHIVE_LIMITS);
  const bundle = readBundle(
    files.filter((file) => !isSignaturesFile(file.path)),
    archive,
  );
  const { manifest, module, plan, sources, vectors } = bundle;
  const signature = await signatureFacts(files, rules);
  const refused = signature.state === 'refused';
  const asked = module === undefined || refused ? undefined : await moduleFacts(module.bytes);
  const entrypoints = module?.entrypoints ?? manifest.portcullis?.entrypoints ?? [];
  return {
    archive: { bytes: archive.byteLength, digest: bundle.archiveDigest, inflatedBytes: bundle.inflatedBytes },
    signature,
    revision: manifest.revision,
    sequence: manifest.portcullis?.sequence,
    builder: manifest.portcullis?.builder,
    opaVersion: manifest.portcullis?.opaVersion,
    roots: manifest.roots,
    entrypoints,
    module: module && {
      bytes: module.bytes.byteLength,
      digest: module.digest,
      memoryPages: asked?.memoryPages,
    },
    builtins: (asked?.builtins ?? []).map((name) => ({
      name,
      offered: BUILTINS.has(name),
      effects: BUILTINS.get(name)?.effects ?? [],
    })),
    ...(module === undefined || asked !== undefined
      ? {}
      : { moduleUnread: refused ? 'is not run, as its signature is refused' : 'did not answer in time' }),
    findings: plan === undefined ? [] : listFindings(plan, bundle.data.document),
    ...footprintFacts(bundle, entrypoints, signature),
    plan: plan && { bytes: plan.byteLength, digest: sha256(plan) },
    vectors: vectors === undefined ? 0 : parseVectors(vectors).length,
    sources: sources.map((source) => source.path),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
