/** What is known of a bundle without serving it. */
import { createHash } from 'node:crypto';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../bundle/archive.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { isSignaturesFile } from '../bundle/file-names.ts';
import { readBundle } from '../bundle/read.ts';
import type { SignatureRules } from '../bundle/signature.ts';
import type { Effect } from '../policy/builtins/builtin.ts';
import { BUILTINS } from '../policy/builtins/registry.ts';
import { parseVectors } from '../policy/vectors.ts';
import { compileModule } from '../policy/wasm/compile.ts';
import { type SignatureFacts, signatureFacts } from './signature-facts.ts';

export interface BundleFacts {
  readonly archive: { readonly bytes: number; readonly digest: string; readonly inflatedBytes: number };
  readonly signature: SignatureFacts;
  readonly revision: string;
  readonly sequence?: number | undefined;
  readonly builder?: string | undefined;
  readonly opaVersion?: string | undefined;
  readonly roots: readonly string[];
  readonly entrypoints: readonly string[];
  readonly module?:
    | { readonly bytes: number; readonly digest: string; readonly memoryPages: number }
    | undefined;
  /** Only a plan that the manifest binds to the module counts. */
  readonly plan?: { readonly bytes: number; readonly digest: string } | undefined;
  readonly builtins: readonly {
    readonly name: string;
    readonly offered: boolean;
    readonly effects: readonly Effect[];
  }[];
  readonly vectors: number;
  readonly sources: readonly string[];
}

/**
 * Reads everything, whether the signature is good or not; what it says about itself is then just a claim. Throws the
 * `archive_*` and `bundle_*` codes for what cannot be read.
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
  return {
    archive: { bytes: archive.byteLength, digest: bundle.archiveDigest, inflatedBytes: bundle.inflatedBytes },
    signature: await signatureFacts(files, rules),
    revision: manifest.revision,
    sequence: manifest.portcullis?.sequence,
    builder: manifest.portcullis?.builder,
    opaVersion: manifest.portcullis?.opaVersion,
    roots: manifest.roots,
    entrypoints: module?.entrypoints ?? manifest.portcullis?.entrypoints ?? [],
    ...(module === undefined ? { builtins: [] } : await moduleFacts(module)),
    plan: plan && { bytes: plan.byteLength, digest: sha256(plan) },
    vectors: vectors === undefined ? 0 : parseVectors(vectors).length,
    sources: sources.map((source) => source.path),
  };
}

/** Accepts every builtin, so that those which are not offered can be listed too. */
const ANY_BUILTIN: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true });

async function moduleFacts(
  module: NonNullable<Bundle['module']>,
): Promise<Pick<BundleFacts, 'module' | 'builtins'>> {
  const compiled = await compileModule('inspected', module.bytes, ANY_BUILTIN);
  const builtins = Object.keys(compiled.builtins).sort();
  return {
    module: {
      bytes: module.bytes.byteLength,
      digest: module.digest,
      memoryPages: compiled.memoryPages.minimum,
    },
    builtins: builtins.map((name) => ({
      name,
      offered: BUILTINS.has(name),
      effects: BUILTINS.get(name)?.effects ?? [],
    })),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
