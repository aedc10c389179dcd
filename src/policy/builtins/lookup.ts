import { ExactNumber, type RegoObject, type RegoSet, type RegoValue } from '../value.ts';
import { compareValues, equalValues, sortedElements, sortedEntries } from './compare.ts';
import { numberToInt64 } from './numbers.ts';

/**
 * Members by OPA's equality: a Map and a Set know composites by identity only, and `1` may be written `1.0` on the other side.
 * Where that could matter, the sorted form is searched, which is made once for each collection.
 */

/** The object's value under a key; undefined where there is none. */
export function memberOf(object: RegoObject, key: RegoValue): RegoValue | undefined {
  const found = isComposite(key) ? undefined : object.get(key);
  if (found !== undefined || isSimple(key)) return found;
  const entries = sortedEntries(object);
  return entries[placeOf(entries, ([other]) => compareValues(other, key))]?.[1];
}

/** What stands in an array at an index, or in an object under a key; undefined elsewhere. */
export function childOf(parent: RegoValue, key: RegoValue): RegoValue | undefined {
  if (parent instanceof Map) return memberOf(parent, key);
  return Array.isArray(parent) ? elementAt(parent, key) : undefined;
}

function elementAt(array: readonly RegoValue[], key: RegoValue): RegoValue | undefined {
  if (typeof key === 'number') return array[key];
  return key instanceof ExactNumber ? array[Number(numberToInt64(key) ?? -1)] : undefined;
}

/** Whether the set has an element that equals the value. */
export function hasElement(set: RegoSet, value: RegoValue): boolean {
  if (!isComposite(value) && set.has(value)) return true;
  return !isSimple(value) && isAmong(sortedElements(set), value);
}

/** Whether an array has an element that equals the value. */
export function includesValue(array: readonly RegoValue[], value: RegoValue): boolean {
  return isSimple(value) ? array.includes(value) : array.some((element) => equalValues(value, element));
}

/** Whether a sorted array has an element that equals the value. */
export function isAmong(sorted: readonly RegoValue[], value: RegoValue): boolean {
  return placeOf(sorted, (element) => compareValues(element, value)) !== -1;
}

/** Equal ones are identical. */
function isSimple(value: RegoValue): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || value === null;
}

function isComposite(value: RegoValue): boolean {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
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
