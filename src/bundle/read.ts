import { PortcullisError } from '../errors.ts';
import { CanonicalText } from '../json/canonical-text.ts';
import type { Bundle, BundleFile } from './bundle.ts';
import { bundleData } from './data.ts';
import { baseName, MANIFEST_FILE, PATCH_FILE, VECTORS_FILE } from './file-names.ts';
import { sha256Hex } from './hash.ts';
import { readManifest } from './manifest.ts';
import { findModule } from './module.ts';
import { regoPackage } from './rego-package.ts';
import { checkDataInside, insideRoots, type RootTree, rootTree } from './roots.ts';

/**
 * Makes a bundle of files that are verified, or need not be: manifest, data, module, sources and the rules that hold
 * between them. `archive` is what the files came from, for its digest. Reads our universal layout and what
 * `opa build -t wasm` writes. Throws the `bundle_*` codes.
 */
export function readBundle(files: readonly BundleFile[], archive: Uint8Array): Bundle {
  refuseDelta(files);
  const byPath = new Map(files.map((file) => [file.path, file]));
  const manifest = readManifest(findManifest(files));
  const { module, plan } = findModule(manifest, byPath);
  const sources = files.filter((file) => file.path.endsWith('.rego'));
  const roots = rootTree(manifest.roots);
  checkPackages(roots, sources);
  const data = bundleData(files);
  checkDataInside(roots, new CanonicalText(data.json));
  return {
    manifest,
    data,
    module,
    plan,
    sources,
    vectors: byPath.get(VECTORS_FILE)?.bytes,
    archiveDigest: sha256Hex(archive),
    inflatedBytes: files.reduce((total, file) => total + file.bytes.length, 0),
  };
}

/** A delta changes data behind the back of a signature: OPA cannot sign one (GHSA-g2pf-6v5v-qcc8). Throws `bundle_delta`. */
export function refuseDelta(files: readonly BundleFile[]): void {
  const patch = files.find((file) => baseName(file.path) === PATCH_FILE);
  if (patch === undefined) return;
  throw new PortcullisError('bundle_delta', `${patch.path} makes this a delta bundle`);
}

/** OPA takes any name that ends in `.manifest` for a manifest, and binary ones too: what it would read, we do not pass over. */
function findManifest(files: readonly BundleFile[]): BundleFile {
  const found = files.filter(({ path }) => path.endsWith('.manifest') || path.endsWith('.manifest.pb'));
  const other = found.find(({ path }) => path !== MANIFEST_FILE);
  if (other !== undefined) {
    throw new PortcullisError(
      'bundle_manifest_invalid',
      `${other.path} may be taken for a manifest; the one manifest is ${MANIFEST_FILE}, in JSON`,
    );
  }
  const [manifest] = found;
  if (manifest === undefined) {
    throw new PortcullisError('bundle_manifest_missing', `the bundle holds no ${MANIFEST_FILE}`);
  }
  return manifest;
}

function checkPackages(roots: RootTree, sources: readonly BundleFile[]): void {
  for (const { path, bytes } of sources) {
    const segments = regoPackage(new TextDecoder().decode(bytes));
    if (segments !== undefined && insideRoots(roots, segments)) continue;
    const what =
      segments === undefined
        ? 'declares no package that can be read'
        : `declares package ${segments.join('.')}`;
    throw new PortcullisError(
      'bundle_outside_roots',
      `${path} ${what}; it must be inside the bundle's roots`,
    );
  }
}
