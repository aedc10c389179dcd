import type { RegoObject, RegoSet, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { compareValues, equalValues, sortedElements, sortedEntries } from './compare.ts';
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
  let sorted: readonly [RegoValue, RegoValue][] | undefined;
  for (const [key, value] of sub) {
    // A key such as `1` may be written `1.0` on the other side.
    const other = typeof key === 'string' ? base.get(key) : memberOf((sorted ??= sortedEntries(base)), key);
    if (other === undefined) return false;
    // Equal composites are subsets: comparing them first would go through all that they hold once for each level.
    if (!(subsetOfSameType(other, value) ?? equalValues(value, other))) return false;
  }
  return true;
}

function memberOf(entries: readonly [RegoValue, RegoValue][], key: RegoValue): RegoValue | undefined {
  return entries[placeOf(entries, ([other]) => compareValues(other, key))]?.[1];
}

function isAmong(sorted: readonly RegoValue[], value: RegoValue): boolean {
  return placeOf(sorted, (element) => compareValues(element, value)) !== -1;
}

/** Binary search for what `orderOf` gives 0 for; -1 where there is none. */
function placeOf<T>(sorted: readonly T[], orderOf: (element: T) => number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const order = orderOf(sorted[middle]!);
    if (order === 0) return middle;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return -1;
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
