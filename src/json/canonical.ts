import { canonicalString } from './canonical-string.ts';
import { memberOrder } from './member-order.ts';
import type { JsonValue, RawJson } from './value.ts';

/**
 * The canonical text of a value, byte for byte what OPA hashes for a structured file (`v1/bundle/hash.go`): no white
 * space, keys sorted by their UTF-8 bytes, numbers as their source wrote them, strings as Go's encoder writes them with
 * HTML escaping off. Equal values give equal text in whatever order their keys came.
 */
export function canonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return canonicalString(value);
  if (typeof value === 'number') return canonicalNumber(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (Array.isArray(value)) return canonicalArray(value);
  if (JSON.isRawJSON(value)) return value.rawJSON;
  return canonicalObject(value);
}

function canonicalArray(array: readonly JsonValue[]): string {
  let out = '[';
  for (let i = 0; i < array.length; i++) {
    if (i > 0) out += ',';
    out += canonicalJson(array[i] as JsonValue);
  }
  return `${out}]`;
}

function canonicalObject(
  object: Exclude<JsonValue, null | boolean | number | string | RawJson | JsonValue[]>,
): string {
  const { keys, heads } = memberOrder(Object.keys(object));
  if (keys.length === 0) return '{}';
  let out = '';
  for (let i = 0; i < keys.length; i++) {
    out += heads[i];
    out += canonicalJson(object[keys[i] as string] as JsonValue);
  }
  return `${out}}`;
}

function canonicalNumber(number: number): string {
  if (!Number.isFinite(number)) throw new TypeError(`${number} has no JSON text`);
  return String(number);
}
