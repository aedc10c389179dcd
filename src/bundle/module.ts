import { PortcullisError } from '../errors.ts';
import type { Bundle, BundleFile, Manifest } from './bundle.ts';
import { MODULE_FILE, PLAN_FILE } from './file-names.ts';
import { sha256Hex } from './hash.ts';

/** `\0asm` and version 1: https://webassembly.github.io/spec/core/binary/modules.html#binary-module */
const WASM_PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

type Evaluable = Pick<Bundle, 'module' | 'plan'>;
const NOTHING: Evaluable = { module: undefined, plan: undefined };

/**
 * Finds the module that a bundle evaluates, and the plan that may speak for it. In our universal layout the manifest
 * binds both by digest; in OPA's `-t wasm` layout the manifest names the module, and a plan is never trusted. Throws
 * `bundle_module_missing`, `bundle_module_invalid`, `bundle_digest_mismatch`, `bundle_digest_unbound`.
 */
export function findModule(manifest: Manifest, files: ReadonlyMap<string, BundleFile>): Evaluable {
  if (manifest.portcullis !== undefined) return universal(manifest.portcullis, files);
  if (manifest.wasm.length > 0) return opaLayout(manifest, files);
  for (const path of [MODULE_FILE, PLAN_FILE]) {
    if (files.has(path)) {
      throw new PortcullisError('bundle_digest_unbound', `the manifest neither names nor binds ${path}`);
    }
  }
  if (hasRego(files)) throw missing('the bundle holds Rego, but no compiled module');
  return NOTHING;
}

function universal(
  { digests, entrypoints }: NonNullable<Manifest['portcullis']>,
  files: ReadonlyMap<string, BundleFile>,
): Evaluable {
  const module = files.get(MODULE_FILE);
  const plan = files.get(PLAN_FILE);
  if (module === undefined && (entrypoints.length > 0 || hasRego(files)))
    throw missing(`${MODULE_FILE} is missing`);
  // A bundle of data alone binds the digest of nothing.
  const digest = checkDigest(MODULE_FILE, module, digests.module);
  checkDigest(PLAN_FILE, plan, digests.plan);
  if (module === undefined) return NOTHING;
  checkPreamble(module);
  return { module: { bytes: module.bytes, digest, entrypoints }, plan: plan?.bytes };
}

function checkDigest(path: string, file: BundleFile | undefined, expected: string): string {
  const digest = sha256Hex(file?.bytes ?? new Uint8Array());
  if (digest === expected) return digest;
  const found = file === undefined ? 'it is missing' : `it has ${digest}`;
  throw new PortcullisError(
    'bundle_digest_mismatch',
    `the manifest binds ${path} with SHA-256 ${expected}, but ${found}`,
  );
}

function opaLayout({ wasm }: Manifest, files: ReadonlyMap<string, BundleFile>): Evaluable {
  const paths = new Set(wasm.map(({ module }) => module.replace(/^\//, '')));
  const [path] = paths;
  if (path === undefined || paths.size > 1) {
    throw new PortcullisError(
      'bundle_module_invalid',
      `the manifest names ${paths.size} modules; one is supported`,
    );
  }
  const module = files.get(path);
  if (module === undefined) throw missing(`the manifest names the module ${path}, which is missing`);
  checkPreamble(module);
  const entrypoints = wasm.map(({ entrypoint }) => entrypoint);
  return { module: { bytes: module.bytes, digest: sha256Hex(module.bytes), entrypoints }, plan: undefined };
}

function checkPreamble({ path, bytes }: BundleFile): void {
  if (WASM_PREAMBLE.every((byte, index) => bytes[index] === byte)) return;
  throw new PortcullisError('bundle_module_invalid', `${path} is not a WebAssembly module`);
}

function hasRego(files: ReadonlyMap<string, BundleFile>): boolean {
  return [...files.keys()].some((path) => path.endsWith('.rego'));
}

function missing(problem: string): PortcullisError {
  return new PortcullisError('bundle_module_missing', problem);
}
