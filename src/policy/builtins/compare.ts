import { ExactNumber, type RegoNumber, type RegoObject, type RegoValue } from '../value.ts';
import { compareNumbers } from './numbers.ts';

export type RegoTypeName = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' | 'set';

/** Types in the order in which OPA sorts values (v1/ast/compare.go). */
const TYPE_ORDER: readonly RegoTypeName[] = ['null', 'boolean', 'number', 'string', 'array', 'object', 'set'];

/** The name of the value's type as OPA's messages have it. */
export function typeName(value: RegoValue): RegoTypeName {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number' || value instanceof ExactNumber) return 'number';
  if (Array.isArray(value)) return 'array';
  return value instanceof Map ? 'object' : 'set';
}

/** Orders any two values as OPA does: negative, zero or positive. */
export function compareValues(left: RegoValue, right: RegoValue): number {
  if (left === right) return 0;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const type = typeName(left);
  const order = TYPE_ORDER.indexOf(type) - TYPE_ORDER.indexOf(typeName(right));
  if (order !== 0) return order;
  switch (type) {
    case 'null':
      return 0;
    case 'boolean':
      return Number(left) - Number(right);
    case 'number':
      return compareNumbers(left as RegoNumber, right as RegoNumber);
    case 'string':
      return compareStrings(left as string, right as string);
    case 'array':
      return compareLists(left as RegoValue[], right as RegoValue[]);
    case 'object':
      return compareLists(
        sortedEntries(left as RegoObject).flat(),
        sortedEntries(right as RegoObject).flat(),
      );
    case 'set':
    default:
      return compareLists(sortedElements(left as Set<RegoValue>), sortedElements(right as Set<RegoValue>));
  }
}

export function equalValues(left: RegoValue, right: RegoValue): boolean {
  if (left === right) return true;
  // Of these, equal ones are identical, and most questions are about texts.
  if (!isObject(left) && (typeof left !== 'number' || !isObject(right))) return false;
  return compareValues(left, right) === 0;
}

function isObject(value: RegoValue): boolean {
  return typeof value === 'object' && value !== null;
}

/** Orders strings by code point, which is Go's order of UTF-8 bytes; `<` would order by UTF-16 units. */
export function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b)
      return isSurrogate(a) === isSurrogate(b) ? a - b : Number(isSurrogate(a)) - Number(isSurrogate(b));
  }
  return left.length - right.length;
}

/**
 * What has been sorted: comparing composites compares what they hold, and sorting anew each time would make that polynomial
 * in their depth. Values do not change once they are made.
 */
const sortedSets = new WeakMap<ReadonlySet<RegoValue>, readonly RegoValue[]>();
const sortedObjects = new WeakMap<ReadonlyMap<RegoValue, RegoValue>, readonly [RegoValue, RegoValue][]>();

/** The set's elements in OPA's order, each once. */
export function sortedElements(set: ReadonlySet<RegoValue>): readonly RegoValue[] {
  const known = sortedSets.get(set);
  if (known !== undefined) return known;
  const sorted = [...set].sort(compareValues);
  const distinct = sorted.filter((element, i) => i === 0 || !equalValues(element, sorted[i - 1]!));
  sortedSets.set(set, distinct);
  return distinct;
}

/** The object's entries in OPA's order of keys. */
export function sortedEntries(object: ReadonlyMap<RegoValue, RegoValue>): readonly [RegoValue, RegoValue][] {
  const known = sortedObjects.get(object);
  if (known !== undefined) return known;
  const sorted = [...object].sort(([left], [right]) => compareValues(left, right));
  sortedObjects.set(object, sorted);
  return sorted;
}

function compareLists(left: readonly RegoValue[], right: readonly RegoValue[]): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
