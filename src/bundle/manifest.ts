import * as z from 'zod';
import { PortcullisError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import type { BundleFile, Manifest, PortcullisMetadata } from './bundle.ts';
import { MANIFEST_FILE } from './file-names.ts';
import { insideRoots, type RootTree, rootTree } from './roots.ts';
import { parseStructured } from './structured.ts';

const SHA256_HEX = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');

/** A rule path: no slash at either end, no empty segment. */
const ENTRYPOINT = z.string().regex(/^[^/]+(?:\/[^/]+)*$/, 'must be a rule path such as shop/authz/allow');

const PORTCULLIS = z.object({
  format: z.literal(1),
  builder: z.string(),
  opaVersion: z.string(),
  entrypoints: z.array(ENTRYPOINT),
  digests: z.object({ module: SHA256_HEX, plan: SHA256_HEX }),
  sequence: z.int().min(0),
  capabilities: z.array(z.string()),
  findings: z
    .array(
      z.object({
        entrypoint: ENTRYPOINT,
        kind: z.enum(['order', 'integer_key']),
        place: z.string(),
        certain: z.boolean(),
        message: z.string(),
      }),
    )
    .optional(),
});

const OBJECT = z.custom<JsonObject>(isJsonObject, 'must be an object');

/** Go reads null as absent and passes over members it does not know; so do we. */
const MANIFEST = z.object({
  revision: z.string().nullish(),
  roots: z.array(z.string()).nullish(),
  wasm: z.array(z.object({ entrypoint: ENTRYPOINT, module: z.string().min(1) })).nullish(),
  rego_version: z.int().min(0).max(2).nullish(),
  metadata: OBJECT.nullish(),
});

/**
 * Reads `.manifest`. Throws `bundle_manifest_invalid`, `bundle_roots_overlap`, `bundle_outside_roots` (an entrypoint
 * outside), `bundle_entrypoint_conflict` (one entrypoint named twice).
 */
export function readManifest(file: BundleFile): Manifest {
  const manifest = check(MANIFEST, check(OBJECT, parseStructured(file), ''), '');
  const roots = (manifest.roots ?? ['']).map(withoutOuterSlashes);
  const tree = rootTree(roots);
  const metadata = manifest.metadata ?? (Object.create(null) as JsonObject);
  const portcullis =
    metadata['portcullis'] === undefined
      ? undefined
      : (check(PORTCULLIS, metadata['portcullis'], 'metadata.portcullis: ') satisfies PortcullisMetadata);
  const wasm = manifest.wasm ?? [];
  checkEntrypoints(tree, portcullis?.entrypoints ?? wasm.map(({ entrypoint }) => entrypoint));
  return { revision: manifest.revision ?? '', roots, wasm, metadata, portcullis };
}

/** No pattern: one for the end would begin anew at each slash. */
function withoutOuterSlashes(root: string): string {
  let start = 0;
  let end = root.length;
  while (root[start] === '/') start++;
  while (end > start && root[end - 1] === '/') end--;
  return root.slice(start, end);
}

function check<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`,
  );
  throw new PortcullisError('bundle_manifest_invalid', `${MANIFEST_FILE}: ${place}${problems.join('; ')}`);
}

function checkEntrypoints(roots: RootTree, entrypoints: readonly string[]): void {
  const seen = new Set<string>();
  for (const entrypoint of entrypoints) {
    if (seen.has(entrypoint)) {
      throw new PortcullisError(
        'bundle_entrypoint_conflict',
        `the manifest names the entrypoint ${entrypoint} twice`,
      );
    }
    seen.add(entrypoint);
    if (!insideRoots(roots, entrypoint.split('/'))) {
      throw new PortcullisError(
        'bundle_outside_roots',
        `the entrypoint ${entrypoint} is outside the bundle's roots`,
      );
    }
  }
}
