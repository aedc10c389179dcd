import type { RegoObject, RegoSet, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { valueAt } from './collections.ts';
import { equalValues, sortedElements } from './compare.ts';
import { isAmong } from './lookup.ts';
import { runStarts } from './run-search.ts';

/** `object.subset` as OPA's v1/topdown/subset.go. */

/** Whether all of `sub` is in `base`: members recursively, elements of sets, a run of an array, a set's elements in an array. */
function isSubset(base: RegoValue, sub: RegoValue): boolean {
  const answer = subsetOfSameType(base, sub);
  if (answer !== undefined) return answer;
  if (Array.isArray(base) && sub instanceof Set) return hasElements(base, sub);
  throw new BuiltinError('both arguments object.subset must be of the same type or array and set');
}

/** Undefined where the types differ or cannot be compared so. */
function subsetOfSameType(base: RegoValue, sub: RegoValue): boolean | undefined {
  if (base instanceof Map && sub instanceof Map) return hasMembers(base, sub);
  if (base instanceof Set && sub instanceof Set) {
    const elements = sortedElements(base);
    return [...sub].every((element) => isAmong(elements, element));
  }
  return Array.isArray(base) && Array.isArray(sub) ? hasRun(base, sub) : undefined;
}

function hasMembers(base: RegoObject, sub: RegoObject): boolean {
  for (const [key, value] of sub) {
    const other = valueAt(base, key);
    if (other === undefined) return false;
    // Equal composites are subsets: comparing them first would go through all that they hold once for each level.
    if (!(subsetOfSameType(other, value) ?? equalValues(value, other))) return false;
  }
  return true;
}

function hasRun(base: readonly RegoValue[], sub: readonly RegoValue[]): boolean {
  return sub.length === 0 || runStarts(base, sub, equalValues).next().done !== true;
}

/** OPA counts an element as often as the array holds it, and finds nothing in an empty array: so do we. */
function hasElements(base: readonly RegoValue[], sub: RegoSet): boolean {
  const wanted = sortedElements(sub);
  const matches = base.filter((element) => isAmong(wanted, element));
  return base.length > 0 && matches.length >= wanted.length;
}

export const objectBuiltins: readonly Builtin[] = [
  { name: 'object.subset', effects: [], call: (_context, base, sub) => isSubset(base, sub) },
];
