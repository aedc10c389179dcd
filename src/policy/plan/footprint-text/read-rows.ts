/** What a footprint lets through, path by path: for programs and in words. */
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../footprint.ts';
import { type Document, headerName, type Path, pathWords, regoPath } from './path-words.ts';

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

interface Read {
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

/**
 * The same for people, and short: `method`, `headers authorization and x-user`, `the keys of subject.roles`. What is named is
 * seen with all that is in it. Of the data, what stands under keys that are not known is not told apart.
 */
export function readWords(document: Document, tree: ReadTree): string[] {
  if (document === 'data') return dataWords(tree);
  const words: string[] = [];
  const headers: string[] = [];
  for (const { path, tree: node } of readsOf(tree, showsAll)) {
    const header = headerName(path);
    if (header !== undefined && shows(node)) headers.push(header);
    else words.push(...wordsOf(path, node));
  }
  if (headers.length > 0) words.push(`header${headers.length > 1 ? 's' : ''} ${listed(headers)}`);
  return [...new Set(words)];
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
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
function readsOf(tree: ReadTree, suffices: (tree: ReadTree) => boolean, path: Path = []): Read[] {
  if (suffices(tree)) return [{ path, tree }];
  const { children = new Map<string, ReadTree>(), each, reads } = tree;
  const below = [
    ...(each === undefined ? [] : readsOf(each, suffices, [...path, undefined])),
    ...Array.from(children).flatMap(([key, child]) => readsOf(child, suffices, [...path, key])),
  ];
  return reads === 0 && below.length > 0 ? below : [{ path, tree }, ...below];
}

function wordsOf(path: Path, node: ReadTree): string[] {
  const name = pathWords('input', path);
  const { reads, each, children } = node;
  if (showsAll(node)) return [path.length === 0 ? 'the whole input' : name];
  if (shows(node)) return [name];
  // What is read below says as much.
  if (each !== undefined || (children !== undefined && (reads & KEYS) === 0)) return [];
  if ((reads & KEYS) !== 0) return [`the keys of ${name}`];
  if ((reads & TYPE) !== 0) return [`the type of ${name}`];
  if (path.length === 0) return [];
  return path.at(-1) === undefined
    ? [`the keys of ${pathWords('input', path.slice(0, -1))}`]
    : [`whether ${name} is there`];
}

function dataWords(tree: ReadTree): string[] {
  if (showsAll(tree)) return ['all data'];
  const stops = ({ each }: ReadTree): boolean => each !== undefined;
  return readsOf(tree, (node) => stops(node) || showsAll(node))
    .filter(({ path, tree: { reads, children, each } }) => {
      const seen = reads !== 0 || each !== undefined || children === undefined;
      return path.length > 0 && seen;
    })
    .map(({ path }) => regoPath('data', path));
}
