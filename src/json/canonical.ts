import { Buffer } from 'node:buffer';
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
  const keys = sortUtf8(Object.keys(object));
  let out = '{';
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    out += i > 0 ? ',' : '';
    out += `${canonicalString(key)}:${canonicalJson(object[key] as JsonValue)}`;
  }
  return `${out}}`;
}

/**
 * Sorts by UTF-8 bytes, which is by code point. JavaScript's own order goes by UTF-16 unit and differs only where a
 * surrogate meets U+E000..U+FFFF, so that it serves for all keys without surrogates, and most keys come sorted. In place.
 */
export function sortUtf8(keys: string[]): string[] {
  let sorted = true;
  let astral = false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (i > 0 && key < (keys[i - 1] as string)) sorted = false;
    if (SURROGATE.test(key)) astral = true;
  }
  if (astral) keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  else if (!sorted) keys.sort();
  return keys;
}

const SURROGATE = /[\ud800-\udfff]/;

/** What a plain quoted string cannot hold: quote, backslash, control characters, line separators and, checked apart, lone surrogates. */
// oxlint-disable-next-line no-control-regex
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u2028\u2029\ud800-\udfff]/;

/** A string as canonical JSON. */
export function canonicalString(string: string): string {
  if (!NEEDS_ESCAPE.test(string)) return `"${string}"`;
  // JSON.stringify escapes as Go does, but for the separators, which it writes raw; lone surrogates are gone before.
  return JSON.stringify(string.toWellFormed())
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

function canonicalNumber(number: number): string {
  if (!Number.isFinite(number)) throw new TypeError(`${number} has no JSON text`);
  return String(number);
}
