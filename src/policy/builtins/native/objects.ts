import type { RegoObject, RegoSet, RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { hasElement, valueAt } from '../collections.ts';
import { childOf } from '../lookup.ts';
import { objectOperand, typeError } from '../operands.ts';
import { setOf } from './distinct.ts';

/** `object.…` on keys of any type, but for unions (v1/topdown/object.go). */
export const objectKeyBuiltins: readonly Builtin[] = [
  {
    name: 'object.filter',
    effects: [],
    call: (_context, object, keys) => filter(objectOperand(object, 1), keysOf(keys)),
  },
  {
    name: 'object.get',
    effects: [],
    call: (_context, object, key, otherwise) => {
      const found = get(objectOperand(object, 1), key);
      return found === undefined ? otherwise : found;
    },
  },
  { name: 'object.keys', effects: [], call: (_context, object) => new Set(objectOperand(object, 1).keys()) },
  {
    name: 'object.remove',
    effects: [],
    call: (_context, object, keys) => remove(objectOperand(object, 1), keysOf(keys)),
  },
];

function keysOf(keys: RegoValue | undefined): RegoSet {
  if (keys instanceof Set) return keys;
  if (Array.isArray(keys)) return setOf(keys);
  if (keys instanceof Map) return new Set(keys.keys());
  throw typeError(2, keys, 'object', 'set', 'array');
}

/** Keys as the larger of the two writes them. */
function filter(object: RegoObject, keys: RegoSet): RegoObject {
  if (keys.size <= object.size) return new Map([...object].filter(([key]) => hasElement(keys, key)));
  return new Map(
    [...keys].flatMap((key): [RegoValue, RegoValue][] => {
      const value = valueAt(object, key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function remove(object: RegoObject, keys: RegoSet): RegoObject {
  return new Map([...object].filter(([key]) => !hasElement(keys, key)));
}

/** An array is a path, through arrays and sets as well: an element of a set stands under itself. */
function get(object: RegoObject, key: RegoValue | undefined): RegoValue | undefined {
  if (key === undefined) return undefined;
  if (!Array.isArray(key)) return valueAt(object, key);
  return key.reduce<RegoValue | undefined>((value, step) => {
    if (value instanceof Set) return hasElement(value, step) ? step : undefined;
    return value === undefined ? undefined : childOf(value, step);
  }, object);
}
