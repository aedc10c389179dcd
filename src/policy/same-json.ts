import type { JsonObject, JsonValue } from '../json/value.ts';
import { compareNumbers, textToNumber } from './builtins/numbers.ts';
import type { RegoNumber } from './value.ts';

/** Whether two documents are the same to a policy: numbers by their exact value (`1` is `1.0`), keys in any order. */
export function sameJson(left: JsonValue, right: JsonValue): boolean {
  const a = asNumber(left);
  const b = asNumber(right);
  if (a !== undefined || b !== undefined) {
    return a !== undefined && b !== undefined && compareNumbers(a, b) === 0;
  }
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => sameJson(item, right[index]!))
    );
  }
  if (!isObject(left) || !isObject(right)) return left === right;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key]!, right[key]!))
  );
}

function asNumber(value: JsonValue): RegoNumber | undefined {
  if (typeof value === 'number') return value;
  return JSON.isRawJSON(value) ? textToNumber(value.rawJSON) : undefined;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
