import type { Footprint } from './plan/footprint.ts';

/**
 * What an active policy set is made from. Plain data and compiled modules only, so that the control plane can hand it
 * to data planes in other threads by structured clone.
 */
export interface PolicySetDescriptor {
  readonly name: string;
  readonly modules: readonly ModuleDescriptor[];
  /** The merged base data of all bundles: JSON in UTF-8, numbers as written. */
  readonly dataJson: Uint8Array;
  /** Entrypoints that callers may ask. */
  readonly entrypoints: readonly string[];
  /** Asked when the caller names none; undefined when the caller must. */
  readonly defaultEntrypoint: string | undefined;
  /** Those of `entrypoints` that the plan evaluator answers; the module answers the others. */
  readonly planned?: readonly string[];
  /** SHA-256 over the modules and their plans, hex. */
  readonly policyDigest: string;
  /** SHA-256 over the canonical data, hex. */
  readonly dataDigest: string;
  /** What entrypoints can depend on, where a signed plan tells; of others nothing is known. */
  readonly footprints?: ReadonlyMap<string, Footprint>;
  /** Of what each entrypoint can see of the base data, hex; `dataDigest` counts for those that are not there. */
  readonly dataDigests?: ReadonlyMap<string, string>;
  /** By bundle name, the manifest's revision. Never part of a cache key. */
  readonly revisions: Readonly<Record<string, string>>;
  /** Wall clock, milliseconds. */
  readonly activatedAtMs: number;
}

/** One compiled module and what it offers. */
export interface ModuleDescriptor {
  readonly bundle: string;
  readonly module: WebAssembly.Module;
  /** SHA-256 of the module's bytes, hex. */
  readonly digest: string;
  /** The `memory` import's limits in 64 KiB pages, read from the module. */
  readonly memoryPages: { readonly minimum: number; readonly maximum: number | undefined };
  /** Entrypoint path → the module's number for it. */
  readonly entrypoints: Readonly<Record<string, number>>;
  /** Host builtins by the module's number for them. */
  readonly builtins: Readonly<Record<string, number>>;
  /** `plan.json` of the same sources, only when the signed manifest binds it to the module. */
  readonly plan?: Uint8Array;
  /** Texts of the `.rego` files by their path in the bundle, for explanations. */
  readonly sources?: Readonly<Record<string, string>>;
}
