import { canonicalString, sortUtf8 } from '../../json/canonical-string.ts';
import { FULL, KEYS, type ReadTree, WHOLE } from '../plan/footprint.ts';

/**
 * A tree made ready to be asked: what can be seen below one key stands in one place, `each` joined into `children`. What
 * projects documents is compiled from this, whether it reads decoded values or scans the bytes of a wire format.
 */
export interface ResolvedTree {
  /** As of ReadTree. With FULL nothing else is of interest. */
  readonly reads: number;
  /** The keys that are named, in the order of canonical JSON. */
  readonly members: readonly NamedMember[];
  /** Those of them that can be indices of an array, ascending. */
  readonly elements: readonly NamedElement[];
  /** The same by key; undefined when there are none. */
  readonly byKey: ReadonlyMap<string, ResolvedTree> | undefined;
  /** Of all keys and indices that are not named; undefined: they cannot be seen. */
  readonly others: ResolvedTree | undefined;
}

export interface NamedMember {
  readonly key: string;
  /** The key as canonical JSON, with the colon. */
  readonly head: string;
  readonly tree: ResolvedTree;
  /** Whether objects that have a prototype inherit something by this name. */
  readonly inherited: boolean;
}

export interface NamedElement {
  readonly index: number;
  readonly tree: ResolvedTree;
}

/** Resolves a tree. Nodes that are the same object are resolved once, so that the result is not larger than it need be. */
export function resolveTree(tree: ReadTree): ResolvedTree {
  return new Resolver().resolve(tree);
}

const ONLY_THERE: ReadTree = { reads: 0 };

/** A key that is the number of an array's element as JavaScript writes it. */
const INDEX = /^(?:0|[1-9][0-9]{0,14})$/;

class Resolver {
  readonly #resolved = new Map<ReadTree, ResolvedTree>();
  readonly #joined = new Map<ReadTree, Map<ReadTree, ReadTree>>();

  resolve(tree: ReadTree): ResolvedTree {
    let resolved = this.#resolved.get(tree);
    if (resolved === undefined) this.#resolved.set(tree, (resolved = this.#make(tree)));
    return resolved;
  }

  #make({ reads, children, each }: ReadTree): ResolvedTree {
    if ((reads & FULL) !== 0) {
      return { reads: FULL, members: [], elements: [], byKey: undefined, others: undefined };
    }
    const members = sortUtf8([...(children?.keys() ?? [])]).map((key) => ({
      key,
      head: `${canonicalString(key)}:`,
      tree: this.resolve(this.#join(children?.get(key), each)),
      inherited: key in Object.prototype,
    }));
    const elements = members
      .filter(({ key }) => INDEX.test(key))
      .map(({ key, tree }) => ({ index: Number(key), tree }))
      .sort((a, b) => a.index - b.index);
    const byKey = members.length === 0 ? undefined : new Map(members.map(({ key, tree }) => [key, tree]));
    const all = each ?? ((reads & KEYS) !== 0 ? ONLY_THERE : undefined);
    return { reads, members, elements, byKey, others: all && this.resolve(all) };
  }

  /** What both let through. */
  #join(a: ReadTree | undefined, b: ReadTree | undefined): ReadTree {
    if (a === undefined || b === undefined || a === b) return a ?? b ?? ONLY_THERE;
    if (((a.reads | b.reads) & FULL) !== 0) return WHOLE;
    let known = this.#joined.get(a);
    if (known === undefined) this.#joined.set(a, (known = new Map()));
    let both = known.get(b);
    if (both === undefined) known.set(b, (both = this.#joinAnew(a, b)));
    return both;
  }

  #joinAnew(a: ReadTree, b: ReadTree): ReadTree {
    const children = new Map(a.children);
    for (const [key, child] of b.children ?? []) children.set(key, this.#join(children.get(key), child));
    const each = a.each === undefined && b.each === undefined ? undefined : this.#join(a.each, b.each);
    return {
      reads: a.reads | b.reads,
      ...(children.size > 0 && { children }),
      ...(each !== undefined && { each }),
    };
  }
}
