import { Buffer } from 'node:buffer';

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
