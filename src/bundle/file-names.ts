/** Last segment of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folder of a path, '' for the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export const MANIFEST_FILE = '.manifest';
export const SIGNATURES_FILE = '.signatures.json';
export const MODULE_FILE = 'policy.wasm';
export const PLAN_FILE = 'plan.json';
export const VECTORS_FILE = 'vectors.json';
export const PATCH_FILE = 'patch.json';

export function isDataFile(path: string): boolean {
  return baseName(path) === 'data.json' || isYamlDataFile(path);
}

export function isYamlDataFile(path: string): boolean {
  const base = baseName(path);
  return base === 'data.yaml' || base === 'data.yml';
}

/** Whether OPA hashes the file by its meaning instead of its bytes (`IsStructuredDoc` in `v1/bundle/bundle.go`). */
export function isStructuredFile(path: string): boolean {
  return isDataFile(path) || baseName(path) === MANIFEST_FILE;
}

/** Whether the file holds signatures: by its exact base name, in whatever folder, as OPA since 1.22. */
export function isSignaturesFile(path: string): boolean {
  return baseName(path) === SIGNATURES_FILE;
}
