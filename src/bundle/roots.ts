import { PortcullisError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';

/** Whether one root lies inside the other or both are the same. Roots are compared by segment, and '' holds everything. */
export function rootsOverlap(a: string, b: string): boolean {
  const left = segmentsOf(a);
  const right = segmentsOf(b);
  return isPrefix(left, right) || isPrefix(right, left);
}

/** Whether a data path lies inside one of the roots. */
export function insideRoots(roots: readonly string[], path: readonly string[]): boolean {
  return roots.some((root) => isPrefix(segmentsOf(root), path));
}

/** Throws `bundle_roots_overlap` when two roots of one bundle share a part. */
export function checkRootsApart(roots: readonly string[]): void {
  for (const [index, root] of roots.entries()) {
    const other = roots.slice(index + 1).find((each) => rootsOverlap(root, each));
    if (other === undefined) continue;
    throw new PortcullisError(
      'bundle_roots_overlap',
      `the manifest's roots ${JSON.stringify(root)} and ${JSON.stringify(other)} overlap`,
    );
  }
}

/** Throws `bundle_outside_roots` for data that no root holds. Objects on the way down to a root are allowed. */
export function checkDataInside(roots: readonly string[], data: JsonObject): void {
  const split = roots.map(segmentsOf);
  const visit = (path: readonly string[], value: JsonValue): void => {
    if (split.some((root) => isPrefix(root, path))) return;
    const onTheWay = split.some((root) => isPrefix(path, root));
    if (!onTheWay || !isJsonObject(value)) {
      throw new PortcullisError(
        'bundle_outside_roots',
        `the data at /${path.join('/')} is outside the bundle's roots`,
      );
    }
    for (const [key, child] of Object.entries(value)) visit([...path, key], child);
  };
  visit([], data);
}

function segmentsOf(root: string): string[] {
  return root === '' ? [] : root.split('/');
}

function isPrefix(prefix: readonly string[], path: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((segment, index) => segment === path[index]);
}
