/** Footprints written down in tests. */
import type { Effect } from '../../src/policy/builtins/builtin.ts';
import type { Footprint, ReadTree } from '../../src/policy/plan/footprint.ts';

/** A tree of reads by path: `subject.roles.*`, the empty path for the document itself. */
export function tree(reads: Readonly<Record<string, number>>): ReadTree {
  interface Node {
    reads: number;
    children?: Map<string, Node>;
    each?: Node;
  }
  const root: Node = { reads: 0 };
  for (const [path, bits] of Object.entries(reads)) {
    let node = root;
    for (const key of path === '' ? [] : path.split('.')) {
      if (key === '*') node = node.each ??= { reads: 0 };
      else {
        const children = (node.children ??= new Map<string, Node>());
        if (!children.has(key)) children.set(key, { reads: 0 });
        node = children.get(key)!;
      }
    }
    node.reads |= bits;
  }
  return root;
}

export function footprint(reads: ReadTree, given: Partial<Footprint> = {}): Footprint {
  return {
    input: reads,
    data: { reads: 0 },
    effects: new Map(),
    clock: 'unread',
    fullReads: [],
    ...given,
  };
}

export const effects = (given: Partial<Record<Effect, string[]>>): ReadonlyMap<Effect, readonly string[]> =>
  new Map(Object.entries(given) as [Effect, string[]][]);
