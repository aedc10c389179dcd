/** What a footprint lets through, path by path. */
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../footprint.ts';
import { type Document, type Path, regoPath } from './path-words.ts';

/** What is seen of a value: whether it is there, its type, its keys or length, a scalar as far as comparisons tell or exactly, everything. */
export type ReadKind = 'exists' | 'type' | 'keys' | 'compared' | 'scalar' | 'full';

export interface ReadRow {
  /** As in Rego, with `*` for any key: `input.subject.roles.*`. */
  readonly path: string;
  readonly kinds: readonly ReadKind[];
}

const KINDS: readonly (readonly [bit: number, kind: ReadKind])[] = [
  [TYPE, 'type'],
  [KEYS, 'keys'],
  [COMPARED, 'compared'],
  [SCALAR, 'scalar'],
  [FULL, 'full'],
];

export interface Read {
  readonly path: Path;
  readonly tree: ReadTree;
}

/** Every value that can be seen, from the outside in; values that are only passed through have no row. */
export function readRows(document: Document, tree: ReadTree): ReadRow[] {
  return readsOf(tree, () => false)
    .filter(({ path, tree: { reads } }) => reads !== 0 || path.length > 0)
    .map(({ path, tree: { reads } }) => ({
      path: regoPath(document, path),
      kinds: reads === 0 ? ['exists'] : KINDS.filter(([bit]) => (reads & bit) !== 0).map(([, kind]) => kind),
    }));
}

/** Whether the value itself is seen. */
export function shows({ reads }: ReadTree): boolean {
  return (reads & (FULL | SCALAR | COMPARED)) !== 0;
}

/** Whether everything below is seen. */
export function showsAll({ reads, each }: ReadTree): boolean {
  return (reads & FULL) !== 0 || (each !== undefined && showsAll(each));
}

/** Values that are passed through alone are left out, and what stands below those that say all that is to be said. */
export function readsOf(tree: ReadTree, suffices: (tree: ReadTree) => boolean, path: Path = []): Read[] {
  if (suffices(tree)) return [{ path, tree }];
  const { children = new Map<string, ReadTree>(), each, reads } = tree;
  const below = [
    ...(each === undefined ? [] : readsOf(each, suffices, [...path, undefined])),
    ...Array.from(children).flatMap(([key, child]) => readsOf(child, suffices, [...path, key])),
  ];
  return reads === 0 && below.length > 0 ? below : [{ path, tree }, ...below];
}
