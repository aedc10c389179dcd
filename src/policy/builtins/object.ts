import type { RegoObject, RegoSet, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { compareValues, equalValues, sortedElements } from './compare.ts';

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
    const other = memberOf(base, key);
    if (other === undefined) return false;
    if (!equalValues(value, other) && subsetOfSameType(other, value) !== true) return false;
  }
  return true;
}

function memberOf(object: RegoObject, key: RegoValue): RegoValue | undefined {
  if (typeof key === 'string') return object.get(key);
  for (const [other, value] of object) if (equalValues(key, other)) return value;
  return undefined;
}

/** Binary search. */
function isAmong(sorted: readonly RegoValue[], value: RegoValue): boolean {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const order = compareValues(sorted[middle]!, value);
    if (order === 0) return true;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return false;
}

/** Knuth, Morris and Pratt's search: linear, where trying each place would not be. */
function hasRun(base: readonly RegoValue[], sub: readonly RegoValue[]): boolean {
  const borders = [0];
  for (let i = 1, length = 0; i < sub.length; i++) {
    while (length > 0 && !equalValues(sub[i]!, sub[length]!)) length = borders[length - 1]!;
    if (equalValues(sub[i]!, sub[length]!)) length++;
    borders.push(length);
  }
  let matched = 0;
  for (let i = 0; i < base.length && matched < sub.length; i++) {
    while (matched > 0 && !equalValues(base[i]!, sub[matched]!)) matched = borders[matched - 1]!;
    if (equalValues(base[i]!, sub[matched]!)) matched++;
  }
  return matched === sub.length;
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
