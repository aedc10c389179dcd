import type { RegoObject, RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { valueAt } from '../collections.ts';
import { equalValues, typeName } from '../compare.ts';
import { identityText } from '../identity-text.ts';
import { arrayOperand, objectOperand, operandError } from '../operands.ts';

/** Unions of objects: where several have a key, objects are merged and the last of other values counts (v1/topdown/object.go). */
export const objectUnionBuiltins: readonly Builtin[] = [
  {
    name: 'object.union',
    effects: [],
    call: (_context, first, second) => union(objectOperand(first, 1), objectOperand(second, 2)),
  },
  { name: 'object.union_n', effects: [], call: (_context, objects) => unionOf(objectsOf(objects)) },
];

function union(first: RegoObject, second: RegoObject): RegoObject {
  if (first.size === 0) return second;
  if (second.size === 0) return first;
  return first.size === second.size && equalValues(first, second) ? first : merge(first, second);
}

function merge(first: RegoObject, second: RegoObject): RegoObject {
  const merged: RegoObject = new Map();
  for (const [key, value] of first) {
    const other = valueAt(second, key);
    if (other === undefined) merged.set(key, value);
    else merged.set(key, value instanceof Map && other instanceof Map ? merge(value, other) : other);
  }
  for (const [key, value] of second) {
    if (valueAt(first, key) === undefined) merged.set(key, value);
  }
  return merged;
}

function objectsOf(objects: RegoValue | undefined): RegoObject[] {
  return arrayOperand(objects, 1).map((object) => {
    if (object instanceof Map) return object;
    throw operandError(1, `must be array of objects but got array containing ${typeName(object)}`);
  });
}

/** An object in the making. Once something else than an object would have replaced it, nothing earlier is merged into it. */
class Union {
  readonly #members = new Map<string, { readonly key: RegoValue; readonly value: RegoValue | Union }>();
  #isFrozen = false;

  /** Adds an object that comes before all that are in it. */
  addBefore(object: RegoObject): void {
    for (const [key, value] of object) {
      const identity = typeof key === 'string' ? `"${key}` : identityText(key);
      const known = this.#members.get(identity)?.value;
      if (known === undefined) {
        this.#members.set(identity, { key, value: value instanceof Map ? Union.of(value) : value });
      } else if (known instanceof Union) {
        if (!(value instanceof Map)) known.#isFrozen = true;
        else if (!known.#isFrozen) known.addBefore(value);
      }
    }
  }

  static of(object: RegoObject): Union {
    const union = new Union();
    union.addBefore(object);
    return union;
  }

  value(): RegoObject {
    return new Map(
      Array.from(this.#members.values(), ({ key, value }) => [
        key,
        value instanceof Union ? value.value() : value,
      ]),
    );
  }
}

/** From the last to the first, so that each value is looked at once. */
function unionOf(objects: readonly RegoObject[]): RegoObject {
  if (objects.length === 1) return objects[0]!;
  const result = new Union();
  for (const object of objects.toReversed()) result.addBefore(object);
  return result.value();
}
