import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ReadTree, SCALAR, TYPE } from '../plan/footprint.ts';
import { type ResolvedTree, resolveTree } from './resolve-tree.ts';

/** How many different nodes there are. */
function nodesOf(tree: ResolvedTree, seen: Set<ResolvedTree> = new Set()): number {
  if (seen.has(tree)) return seen.size;
  seen.add(tree);
  for (const { tree: child } of tree.members) nodesOf(child, seen);
  if (tree.others !== undefined) nodesOf(tree.others, seen);
  return seen.size;
}

test('keys that are named beside all others at each level do not multiply', () => {
  let tree: ReadTree = { reads: SCALAR };
  for (let level = 0; level < 12; level++) {
    const children = new Map(['a', 'b', 'c'].map((key) => [key, { reads: TYPE }]));
    tree = { reads: 0, children, each: tree };
  }
  assert.ok(nodesOf(resolveTree(tree)) < 200, `${nodesOf(resolveTree(tree))} nodes`);
});
