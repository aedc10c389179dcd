import type { RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { hasElement, sizeOf } from '../collections.ts';
import { compareValues, equalValues, sortedElements } from '../compare.ts';
import { childOf, includesValue } from '../lookup.ts';
import { typeError } from '../operands.ts';

/** Aggregates of collections, but for sums (v1/topdown/aggregates.go). */
export const aggregateBuiltins: readonly Builtin[] = [
  { name: 'count', effects: [], call: (_context, collection) => count(collection) },
  { name: 'max', effects: [], call: (_context, list) => extreme(list, (order) => order <= 0) },
  { name: 'min', effects: [], call: (_context, list) => extreme(list, (order) => order >= 0) },
  { name: 'sort', effects: [], call: (_context, list) => sort(list) },
  { name: 'all', effects: [], call: (_context, list) => elementsOf(list, ['array', 'set']).every(isTrue) },
  { name: 'any', effects: [], call: (_context, list) => elementsOf(list, ['array', 'set']).some(isTrue) },
  { name: 'internal.member_2', effects: [], call: (_context, value, list) => isMember(value, list) },
  {
    name: 'internal.member_3',
    effects: [],
    call: (_context, key, value, collection) => isMemberAt(key, value, collection),
  },
];

/** Elements of an array in its order, of a set in OPA's. */
export function elementsOf(
  list: RegoValue | undefined,
  expected: readonly string[] = ['set', 'array'],
): readonly RegoValue[] {
  if (Array.isArray(list)) return list;
  if (list instanceof Set) return sortedElements(list);
  throw typeError(1, list, ...expected);
}

/** Of a string its characters, which are code points. */
function count(collection: RegoValue | undefined): number {
  if (Array.isArray(collection)) return collection.length;
  if (collection instanceof Map) return collection.size;
  if (collection instanceof Set) return sizeOf(collection);
  if (typeof collection !== 'string') throw typeError(1, collection, 'array', 'object', 'set', 'string');
  let characters = 0;
  for (const _ of collection) characters++;
  return characters;
}

/** Of equal ones the last. Undefined for an empty collection. */
function extreme(list: RegoValue | undefined, replaces: (order: number) => boolean): RegoValue | undefined {
  return elementsOf(list).reduce<RegoValue | undefined>(
    (best, value) => (best === undefined || replaces(compareValues(best, value)) ? value : best),
    undefined,
  );
}

function sort(list: RegoValue | undefined): RegoValue[] {
  const elements = [...elementsOf(list)];
  return list instanceof Set ? elements : elements.sort(compareValues);
}

function isTrue(value: RegoValue): boolean {
  return value === true;
}

/** `value in collection`: false where it is no collection. */
function isMember(value: RegoValue, collection: RegoValue | undefined): boolean {
  if (collection instanceof Set) return hasElement(collection, value);
  if (Array.isArray(collection)) return includesValue(collection, value);
  return collection instanceof Map && collection.values().some((member) => equalValues(value, member));
}

/** `key, value in collection`. */
function isMemberAt(key: RegoValue, value: RegoValue, collection: RegoValue | undefined): boolean {
  if (collection instanceof Set) return hasElement(collection, key) && equalValues(key, value);
  const found = collection === undefined ? undefined : childOf(collection, key);
  return found !== undefined && equalValues(value, found);
}
