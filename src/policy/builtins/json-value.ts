import { parseJson as parseExactly } from '../../json/parse.ts';
import { hasEscapedKey } from '../../json/platform-parse.ts';
import type { JsonValue } from '../../json/value.ts';
import { ExactNumber, type RegoNumber, type RegoObject, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { isAcceptedNumber } from './number-limits.ts';
import { textToNumber } from './numbers.ts';

/** Deeper documents would overflow the stack on their way into the module. OPA's own limit is 10,000. */
const MAX_DEPTH = 1_000;

/** Whether a text may hold a number that a double would not write back: a fraction, an exponent, many digits, `-0`. */
const MAYBE_INEXACT = /\d[.eE]|\d{16}|-0/;

/**
 * Reads JSON into a Rego value without losing digits. Of equal keys the last one counts, as with OPA's
 * `json.unmarshal`. Throws BuiltinError.
 */
export function parseJson(text: string): RegoValue {
  try {
    if (hasEscapedKey(text)) return withEscapedKeys(text);
    return toRego(MAYBE_INEXACT.test(text) ? JSON.parse(text, keepNumber) : JSON.parse(text), 0);
  } catch (error) {
    if (error instanceof BuiltinError) throw error;
    throw new BuiltinError(`invalid JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** What the platform's parser must not read. Where ours refuses a text, that one says why. */
function withEscapedKeys(text: string): RegoValue {
  let value: JsonValue;
  try {
    value = parseExactly(text, { maxDepth: MAX_DEPTH, lenient: true });
  } catch (error) {
    toRego(JSON.parse(text, keepNumber), 0);
    throw error;
  }
  return fromJson(value);
}

function fromJson(value: JsonValue): RegoValue {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (JSON.isRawJSON(value)) return acceptedNumber(value.rawJSON);
  return new Map(Object.keys(value).map((key) => [key, fromJson(value[key]!)]));
}

function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = typeof value === 'number' ? context?.source : undefined;
  return source === undefined ? value : acceptedNumber(source);
}

function acceptedNumber(source: string): RegoNumber {
  if (!isAcceptedNumber(source)) throw new BuiltinError('invalid number: number too big');
  return textToNumber(source);
}

function toRego(value: unknown, depth: number): RegoValue {
  if (value === null || typeof value !== 'object') {
    // A lone surrogate, written as an escape, is no character: Go puts U+FFFD in its place.
    return typeof value === 'string' ? value.toWellFormed() : (value as boolean | number | null);
  }
  if (value instanceof ExactNumber) return value;
  if (depth >= MAX_DEPTH) throw new BuiltinError(`invalid JSON: nested more than ${MAX_DEPTH} levels deep`);
  if (Array.isArray(value)) return value.map((element) => toRego(element, depth + 1));
  const object: RegoObject = new Map();
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(members)) object.set(key.toWellFormed(), toRego(members[key], depth + 1));
  return object;
}
