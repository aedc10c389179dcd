import { PortcullisError } from '../errors.ts';
import { CanonicalText } from '../json/canonical-text.ts';
import type { JsonValue } from '../json/value.ts';

/** The roots of a bundle by their segments: a node with a root holds everything below it, the others lead to one. */
export interface RootTree {
  readonly children: Map<string, RootTree>;
  root?: string;
}

/** Whether one root lies inside the other or both are the same. Roots are compared by segment, and '' holds everything. */
export function rootsOverlap(a: string, b: string): boolean {
  const left = segmentsOf(a);
  const right = segmentsOf(b);
  return left.every((segment, index) => index >= right.length || segment === right[index]);
}

/** Puts roots into one tree. Throws `bundle_roots_overlap` when two of them share a part. */
export function rootTree(roots: readonly string[]): RootTree {
  const top: RootTree = { children: new Map() };
  for (const root of roots) {
    let node = top;
    for (const segment of segmentsOf(root)) {
      if (node.root !== undefined) throw overlap(node.root, root);
      let child = node.children.get(segment);
      if (child === undefined) node.children.set(segment, (child = { children: new Map() }));
      node = child;
    }
    const other = anyRoot(node);
    if (other !== undefined) throw overlap(other, root);
    node.root = root;
  }
  return top;
}

/** Whether a data path lies inside one of the roots. */
export function insideRoots(tree: RootTree, path: readonly string[]): boolean {
  let node: RootTree | undefined = tree;
  for (const segment of path) {
    if (node === undefined || node.root !== undefined) break;
    node = node.children.get(segment);
  }
  return node?.root !== undefined;
}

/** Throws `bundle_outside_roots` for data that no root holds. Objects on the way down to a root are allowed. */
export function checkDataInside(tree: RootTree, data: CanonicalText): void {
  const visit = (
    path: readonly string[],
    node: RootTree | undefined,
    value: JsonValue | CanonicalText,
  ): void => {
    if (node?.root !== undefined) return;
    const onTheWay = node !== undefined && node.children.size > 0;
    if (!onTheWay || !(value instanceof CanonicalText) || value.isArray) {
      throw new PortcullisError(
        'bundle_outside_roots',
        `the data at /${path.join('/')} is outside the bundle's roots`,
      );
    }
    for (const [key, child] of value.entries()) visit([...path, key], node.children.get(key), child);
  };
  visit([], tree, data);
}

/** A root at this node or below it. */
function anyRoot(node: RootTree): string | undefined {
  let at: RootTree | undefined = node;
  while (at !== undefined && at.root === undefined) [at] = at.children.values();
  return at?.root;
}

function segmentsOf(root: string): string[] {
  return root === '' ? [] : root.split('/');
}

function overlap(one: string, other: string): PortcullisError {
  return new PortcullisError(
    'bundle_roots_overlap',
    `the manifest's roots ${JSON.stringify(one)} and ${JSON.stringify(other)} overlap`,
  );
}
