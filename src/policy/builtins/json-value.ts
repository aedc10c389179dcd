import { ExactNumber, type RegoValue } from '../value.ts';
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
    return toRego(MAYBE_INEXACT.test(text) ? JSON.parse(text, keepNumber) : JSON.parse(text), 0);
  } catch (error) {
    if (error instanceof BuiltinError) throw error;
    throw new BuiltinError(`invalid JSON: ${(error as Error).message}`, { cause: error });
  }
}

function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = typeof value === 'number' ? context?.source : undefined;
  if (source === undefined) return value;
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
  return new Map(
    Object.entries(value).map(([key, member]) => [key.toWellFormed(), toRego(member, depth + 1)]),
  );
}
