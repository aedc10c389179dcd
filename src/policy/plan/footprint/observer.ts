import { COMPARED, FULL, KEYS, SCALAR, TYPE } from '../footprint.ts';
import type { PlanLocation } from '../ir.ts';
import { ANY_SCALAR, ANYTHING, type Atom, BOOLEAN_OR_NULL, shapeOf, UNSET, type Value } from './atoms.ts';
import type { TreeNode } from './tree-node.ts';

/** Where and why something is looked at. */
export interface Reason {
  readonly at: PlanLocation;
  readonly why: string;
}

/** What one context looks at: the places of the input and the data, and what it does with the time. */
export class Observer {
  /** By place what is seen of it; 0 where only whether it is there. */
  readonly reads: Map<TreeNode, number> = new Map();
  /** Why it sees all of a place, or all keys of it. */
  readonly reasons: Map<TreeNode, Reason> = new Map();
  /** Where the time first meets something else than comparisons and sums. */
  freesClock: Reason | undefined;
  readonly #onStale: () => void;

  /** @param onStale called when something grows that it has looked at */
  constructor(onStale: () => void) {
    this.#onStale = onStale;
  }

  stale(): void {
    this.#onStale();
  }

  mark(node: TreeNode, bits: number, reason: Reason): void {
    const before = this.reads.get(node);
    if (before !== undefined && (before | bits) === before) return;
    this.reads.set(node, (before ?? 0) | bits);
    if ((bits & (FULL | KEYS)) !== 0 && !this.reasons.has(node)) this.reasons.set(node, reason);
  }

  /** Whether something stands at a place. */
  exists(node: TreeNode): void {
    if (!this.reads.has(node)) this.reads.set(node, 0);
  }

  /** Whatever the value is, so much of it is seen: one of the bits. */
  see(value: Value, bits: number, reason: Reason): void {
    for (const atom of value.atoms) this.#seeAtom(atom, bits, reason);
  }

  seeWhole(value: Value, reason: Reason): void {
    this.see(value, FULL, reason);
  }

  /**
   * Whether two values are equal, or how they are ordered. Of a value that meets only `true`, `false` and `null`, the type tells; of one that
   * meets only scalars, no more than its own value as a scalar. Constants have nothing to be seen.
   */
  compare(a: Value, b: Value, reason: Reason): void {
    const beside = { a: seenBeside(b), b: seenBeside(a) };
    // A date is a number whatever it meets.
    for (const atom of a.atoms) if (atom.kind !== 'now') this.#seeAtom(atom, beside.a, reason);
    for (const atom of b.atoms) if (atom.kind !== 'now') this.#seeAtom(atom, beside.b, reason);
    // How long the answer to such a comparison holds cannot be told from one date.
    if (hasNow(a) && hasNow(b)) this.freesClock ??= reason;
  }

  #seeAtom(atom: Atom, bits: number, reason: Reason): void {
    switch (atom.kind) {
      case 'node':
        return this.mark(atom, bits, reason);
      case 'box':
        // Which keys it has depends on what was looked at when it was made; only those of a document that `with` changes are its own.
        if ((bits & FULL) !== 0) atom.observe(this, reason);
        else if ((bits & KEYS) !== 0) this.see(atom.base(this), KEYS, reason);
        return;
      case 'now':
      case 'now-parts':
        // Nothing takes an array where it takes a scalar.
        if ((bits & (atom.kind === 'now' ? FULL | SCALAR : FULL)) !== 0) this.freesClock ??= reason;
        return;
      case 'constant':
      case 'scalars':
      case 'any':
      default:
    }
  }
}

function seenBeside(other: Value): number {
  switch (shapeOf(other)) {
    case UNSET:
      return 0;
    case BOOLEAN_OR_NULL:
      return TYPE;
    case ANY_SCALAR:
      return COMPARED;
    case ANYTHING:
    default:
      return FULL;
  }
}

export function hasNow({ atoms }: Value): boolean {
  return atoms.some(({ kind }) => kind === 'now' || kind === 'now-parts');
}
