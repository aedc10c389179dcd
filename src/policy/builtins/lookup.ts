import { ExactNumber, type RegoValue } from '../value.ts';
import { valueAt } from './collections.ts';
import { compareValues, equalValues } from './compare.ts';
import { numberToInt64 } from './numbers.ts';

/** What stands in an array at an index, or in an object under a key; undefined elsewhere. */
export function childOf(parent: RegoValue, key: RegoValue): RegoValue | undefined {
  if (parent instanceof Map) return valueAt(parent, key);
  return Array.isArray(parent) ? elementAt(parent, key) : undefined;
}

function elementAt(array: readonly RegoValue[], key: RegoValue): RegoValue | undefined {
  if (typeof key === 'number') return array[key];
  return key instanceof ExactNumber ? array[Number(numberToInt64(key) ?? -1)] : undefined;
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
