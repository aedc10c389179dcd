import type { RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { parseCidr } from '../cidr.ts';
import { addressOrCidr, contains } from '../net.ts';
import { stringOperand } from '../operands.ts';

/** Questions about two networks (v1/topdown/cidr.go). The second operand is "operand 1" in a message, too, as in OPA. */

function containsOne(outer: RegoValue, inner: RegoValue): boolean {
  return contains(parseCidr(stringOperand(outer, 1)), addressOrCidr(inner));
}

/** Networks nest or have nothing in common: one of them holds the first address of the other one. */
function intersects(left: RegoValue, right: RegoValue): boolean {
  const a = parseCidr(stringOperand(left, 1));
  const b = parseCidr(stringOperand(right, 1));
  return contains(a, { first: b.first, last: b.first }) || contains(b, { first: a.first, last: a.first });
}

export const networkBuiltins: readonly Builtin[] = [
  { name: 'net.cidr_contains', effects: [], call: (_context, outer, inner) => containsOne(outer, inner) },
  // The deprecated name of the same question.
  { name: 'net.cidr_overlap', effects: [], call: (_context, outer, inner) => containsOne(outer, inner) },
  { name: 'net.cidr_intersects', effects: [], call: (_context, left, right) => intersects(left, right) },
];
