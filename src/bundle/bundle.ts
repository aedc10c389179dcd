import type { JsonObject } from '../json/value.ts';
import type { BundleData } from './data.ts';

/** One file of an archive; `path` as in the archive but for one leading slash. */
export interface BundleFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** `.manifest` as OPA defines it, with what Portcullis keeps in its metadata. */
export interface Manifest {
  readonly revision: string;
  /** Trimmed of slashes; `[""]` when the manifest names none. */
  readonly roots: readonly string[];
  /** OPA's own `-t wasm` layout: which module answers which entrypoints. Empty in our universal layout. */
  readonly wasm: readonly { readonly entrypoint: string; readonly module: string }[];
  readonly metadata: JsonObject;
  /** `metadata.portcullis`; undefined for bundles that others built. */
  readonly portcullis: PortcullisMetadata | undefined;
}

/** `metadata.portcullis` of the manifest. */
export interface PortcullisMetadata {
  readonly format: 1;
  readonly builder: string;
  readonly opaVersion: string;
  /** Rule paths that callers may ask, the default first. */
  readonly entrypoints: readonly string[];
  /** SHA-256 in hex of `policy.wasm` and `plan.json`. */
  readonly digests: { readonly module: string; readonly plan: string };
  /** Never goes back for a bundle once active. */
  readonly sequence: number;
  /** Builtins that the module calls in the host. */
  readonly capabilities: readonly string[];
  /** Where the module may answer otherwise than OPA, as the builder found; undefined for builders that did not look. */
  readonly findings?: readonly ManifestFinding[] | undefined;
}

/** A place in an entrypoint's rules where the module may answer otherwise than OPA. */
export interface ManifestFinding {
  readonly entrypoint: string;
  readonly kind: 'order' | 'integer_key';
  /** `file:row:column` in the sources. */
  readonly place: string;
  /** Whatever the input and the data are. */
  readonly certain: boolean;
  readonly message: string;
}

/** A bundle whose archive, manifest and files are consistent. Nothing is compiled yet. */
export interface Bundle {
  readonly manifest: Manifest;
  /** The bundle's data, merged over its folders. */
  readonly data: BundleData;
  /** The module, and its entrypoints as the manifest gives them (our metadata, or OPA's `wasm` key). Undefined for a data-only bundle. */
  readonly module:
    | { readonly bytes: Uint8Array; readonly digest: string; readonly entrypoints: readonly string[] }
    | undefined;
  /** `plan.json`, only if the manifest binds its digest together with the module's. */
  readonly plan: Uint8Array | undefined;
  /** `.rego` files, for explanations. */
  readonly sources: readonly BundleFile[];
  /** `vectors.json`: decision vectors that travel along. */
  readonly vectors: Uint8Array | undefined;
  /** SHA-256 of the raw archive, hex. */
  readonly archiveDigest: string;
  /** Inflated bytes of all files. */
  readonly inflatedBytes: number;
}
