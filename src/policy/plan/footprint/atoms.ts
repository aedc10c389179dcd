import type { RegoNumber } from '../../value.ts';
import type { Box } from './box.ts';
import type { TreeNode } from './tree-node.ts';

export type Scalar = null | boolean | string | RegoNumber;

/** One thing that a value can be. */
export type Atom =
  /** What stands at a place of the input or of the base data. Nobody has looked at it by having it. */
  | TreeNode
  /** An array, object or set that the policy makes. */
  | Box
  | { readonly kind: 'constant'; readonly id: number; readonly value: Scalar }
  /**
   * What has been computed, and depends on nothing but what had to be seen for that: a scalar (`scalars`), or anything. A number (or a text)
   * that was computed from the time (`now`), or an array of such.
   */
  | { readonly kind: 'scalars' | 'any' | 'now' | 'now-parts'; readonly id: number };

/** All that a local can be. Without atoms it is not set. */
export interface Value {
  readonly id: number;
  /** By their numbers. */
  readonly atoms: readonly Atom[];
}

/** What is known of a value's type: the first that fits. */
export const UNSET = 0;
export const BOOLEAN_OR_NULL = 1;
export const ANY_SCALAR = 2;
export const ANYTHING = 3;

export function shapeOf({ atoms }: Value): number {
  let shape = UNSET;
  for (const atom of atoms) shape = Math.max(shape, shapeOfAtom(atom));
  return shape;
}

function shapeOfAtom(atom: Atom): number {
  switch (atom.kind) {
    case 'constant':
      return shapeOfScalar(atom.value);
    case 'scalars':
    case 'now':
      return ANY_SCALAR;
    case 'node':
      return atom.shape;
    case 'box':
    case 'any':
    case 'now-parts':
    default:
      return ANYTHING;
  }
}

export function shapeOfScalar(value: Scalar): number {
  return value === null || typeof value === 'boolean' ? BOOLEAN_OR_NULL : ANY_SCALAR;
}
