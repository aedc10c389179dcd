import { FULL } from '../plan/footprint.ts';
import type { ResolvedTree } from './resolve-tree.ts';
import { KeyTable } from './scan-keys.ts';

/** A resolved tree made ready for scanning text. */
export interface ScanTree {
  readonly reads: number;
  /** Members that are named, in the order of canonical JSON. */
  readonly members: readonly ScanMember[];
  /** Gives their places in `members`. */
  readonly keys: KeyTable;
  /** Elements that are named, by index. */
  readonly elements: ReadonlyMap<number, ScanTree>;
  /** Behind the last element that is named. */
  readonly elementsEnd: number;
  /** Of all keys and indices that are not named; undefined: they cannot be seen. With FULL the tree itself. */
  readonly others: ScanTree | undefined;
}

export interface ScanMember {
  /** The key as canonical JSON, with the colon. */
  readonly head: string;
  readonly tree: ScanTree;
}

const NO_KEYS = new KeyTable([]);

/** What is seen in full is seen as each member of each member. */
const ALL: { -readonly [K in keyof ScanTree]: ScanTree[K] } = {
  reads: FULL,
  members: [],
  keys: NO_KEYS,
  elements: new Map(),
  elementsEnd: 0,
  others: undefined,
};
ALL.others = ALL;

/** Nodes that are the same object are made once. */
export function scanTree(tree: ResolvedTree, made: Map<ResolvedTree, ScanTree> = new Map()): ScanTree {
  if ((tree.reads & FULL) !== 0) return ALL;
  let scan = made.get(tree);
  if (scan === undefined) {
    scan = {
      reads: tree.reads,
      members: tree.members.map((member) => ({ head: member.head, tree: scanTree(member.tree, made) })),
      keys: tree.members.length === 0 ? NO_KEYS : new KeyTable(tree.members.map(({ key }) => key)),
      elements: new Map(tree.elements.map((element) => [element.index, scanTree(element.tree, made)])),
      elementsEnd: (tree.elements.at(-1)?.index ?? -1) + 1,
      others: tree.others && scanTree(tree.others, made),
    };
    made.set(tree, scan);
  }
  return scan;
}
