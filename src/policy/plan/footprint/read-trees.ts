import { FULL, type FullRead, KEYS, type ReadTree } from '../footprint.ts';
import type { Context } from './context.ts';
import type { TreeNode } from './tree-node.ts';

interface Growing {
  reads: number;
  readonly children: Map<string, Growing>;
  each: Growing | undefined;
}

/** What some contexts see of the input and of the data together, keys in order. */
export function readTrees(contexts: readonly Context[]): {
  readonly input: ReadTree;
  readonly data: ReadTree;
} {
  const roots = { input: growing(), data: growing() };
  const places = new Map<TreeNode, Growing>();
  const placeOf = (node: TreeNode): Growing => {
    const known = places.get(node);
    if (known !== undefined) return known;
    const place = node.parent === undefined ? roots[node.root] : below(placeOf(node.parent), node.key);
    places.set(node, place);
    return place;
  };
  for (const { observer } of contexts) {
    for (const [node, bits] of observer.reads) placeOf(node).reads |= bits;
  }
  return { input: treeOf(roots.input), data: treeOf(roots.data) };
}

function growing(): Growing {
  return { reads: 0, children: new Map(), each: undefined };
}

function below(place: Growing, key: string | undefined): Growing {
  if (key === undefined) return (place.each ??= growing());
  let child = place.children.get(key);
  if (child === undefined) place.children.set(key, (child = growing()));
  return child;
}

function treeOf({ reads, children, each }: Growing): ReadTree {
  if ((reads & FULL) !== 0) return { reads: FULL };
  const keys = [...children.keys()].sort();
  return {
    reads,
    ...(keys.length > 0 && { children: new Map(keys.map((key) => [key, treeOf(children.get(key)!)])) }),
    ...(each !== undefined && { each: treeOf(each) }),
  };
}

/** Why parts of the input are seen as a whole, or all its keys: the first place for each, sorted by path. */
export function fullReads(contexts: readonly Context[]): readonly FullRead[] {
  const found = new Map<string, FullRead>();
  for (const { observer } of contexts) {
    for (const [node, { at, why }] of observer.reasons) {
      if (node.root !== 'input' || !isWhole(node, observer.reads.get(node)!)) continue;
      const path = pathOf(node);
      if (!found.has(path)) found.set(path, { path, at, why });
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isWhole(node: TreeNode, bits: number): boolean {
  return (bits & FULL) !== 0 || (node.parent === undefined && (bits & KEYS) !== 0);
}

const WORD = /^[A-Za-z_]\w*$/;

function pathOf({ root, parent, key }: TreeNode): string {
  if (parent === undefined) return root;
  const above = pathOf(parent);
  if (key === undefined) return `${above}.*`;
  return WORD.test(key) ? `${above}.${key}` : `${above}[${JSON.stringify(key)}]`;
}
