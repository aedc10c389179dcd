/**
 * Objects and sets by the value of their keys and elements, whatever these are: `1` and `1.0` are one key. A Map or Set of
 * JavaScript finds strings, booleans, null and doubles by itself; arrays, objects, sets and numbers that keep their text are
 * found by an index of identity texts, made when one is first looked for. So documents of JSON, whose keys are strings, have none.
 */

import { ExactNumber, type RegoObject, type RegoSet, type RegoValue } from '../value.ts';
import { sortedElements, sortedEntries } from './compare.ts';
import { identityText } from './identity-text.ts';

/** By identity text, the keys or elements that JavaScript would tell apart although they are equal. */
type Index = Map<string, RegoValue>;

const indexes = new WeakMap<RegoObject | RegoSet, Index>();

/** JavaScript finds it by value. */
function isPlain(value: RegoValue): boolean {
  return typeof value !== 'object' || value === null;
}

/** Whether an equal one can be in another form: numbers are doubles where these write the same text. */
function hasOneForm(value: RegoValue): boolean {
  return isPlain(value) && typeof value !== 'number';
}

function indexOf(collection: RegoObject | RegoSet): Index {
  let index = indexes.get(collection);
  if (index === undefined) {
    index = new Map();
    for (const key of collection.keys()) addTo(index, key);
    indexes.set(collection, index);
  }
  return index;
}

function addTo(index: Index, key: RegoValue): void {
  if (isPlain(key)) return;
  const text = identityText(key);
  if (!index.has(text)) index.set(text, key);
}

/** The key or element of the collection that equals `key`; undefined when there is none. */
function find(collection: RegoObject | RegoSet, key: RegoValue): RegoValue | undefined {
  if (collection.has(key)) return key;
  if (hasOneForm(key)) return undefined;
  if (key instanceof ExactNumber) {
    // `1.0` is the double 1 there; a number that no double is exactly is none of the doubles either.
    const text = identityText(key);
    const double = Number(text);
    if (identityText(double) === text && collection.has(double)) return double;
    return indexOf(collection).get(text);
  }
  const index = indexOf(collection);
  return index.size === 0 ? undefined : index.get(identityText(key));
}

/** The value at a key; undefined when there is none. */
export function valueAt(object: RegoObject, key: RegoValue): RegoValue | undefined {
  const value = object.get(key);
  if (value !== undefined || hasOneForm(key)) return value;
  const equal = find(object, key);
  return equal === undefined ? undefined : object.get(equal);
}

export function hasElement(set: RegoSet, value: RegoValue): boolean {
  return find(set, value) !== undefined;
}

/** Sets a key's value in an object that is being made; an equal key that is there stays as it is written. */
export function insert(object: RegoObject, key: RegoValue, value: RegoValue): void {
  const equal = find(object, key);
  object.set(equal === undefined ? key : equal, value);
  if (equal === undefined && !isPlain(key)) indexes.get(object)?.set(identityText(key), key);
}

/** Adds to a set that is being made, if no equal element is there. */
export function add(set: RegoSet, value: RegoValue): void {
  if (hasElement(set, value)) return;
  set.add(value);
  if (!isPlain(value)) indexes.get(set)?.set(identityText(value), value);
}

/** How many elements a set has; builtins may give equal ones twice. */
export function sizeOf(set: RegoSet): number {
  for (const element of set) if (!isPlain(element)) return sortedElements(set).length;
  return set.size;
}

/** Merges two values as OPA merges base and virtual documents (`merge` in v1/topdown/eval.go): where they are not both objects, `a` counts. */
export function merge(a: RegoValue, b: RegoValue): RegoValue {
  if (!(a instanceof Map) || !(b instanceof Map)) return a;
  const merged: RegoObject = new Map(a);
  for (const [key, value] of b) {
    const there = valueAt(a, key);
    insert(merged, key, there === undefined ? value : merge(there, value));
  }
  return merged;
}

/** Keys and values of an object, elements of a set as both, in OPA's order; none for anything else. Arrays are gone through without. */
export function entriesOf(value: RegoValue | undefined): readonly (readonly [RegoValue, RegoValue])[] {
  if (value instanceof Map) return sortedEntries(value);
  return value instanceof Set ? sortedElements(value).map((element) => [element, element] as const) : [];
}
