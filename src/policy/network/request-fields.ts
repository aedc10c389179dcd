import { DurationError, parseGoDuration } from '../builtins/go-duration.ts';
import { quote } from '../builtins/go-quote.ts';
import { numberText } from '../builtins/numbers.ts';
import { regoText } from '../builtins/rego-text.ts';
import { ExactNumber, type RegoObject, type RegoValue } from '../value.ts';
import { builtinError, HttpSendError, typeError } from './http-error.ts';

/** Fields of the request object as OPA reads them, with its messages (v1/topdown/http.go). */

/** Only `true` and `false`; false when missing. */
export function flag(request: RegoObject, name: string): boolean {
  const value = request.get(name) ?? false;
  if (typeof value === 'boolean') return value;
  throw builtinError(`invalid value for ${quote(name)} field`);
}

/** What strconv.ParseBool takes, so that 0 and 1 will do; not text, which it sees in its quotes. */
export function parsedFlag(value: RegoValue): boolean {
  const text = regoText(value);
  if (/^(?:1|true)$/.test(text)) return true;
  if (/^(?:0|false)$/.test(text)) return false;
  throw builtinError(`strconv.ParseBool: parsing ${quote(text)}: invalid syntax`);
}

/** A string without quotes at its ends. */
export function text(value: RegoValue, name: string): string {
  if (typeof value === 'string') return value.replace(/^"+|"+$/g, '');
  throw builtinError(`${quote(name)} must be a string`);
}

/** A whole number of 32 bits, and nothing that is not written as one. */
export function wholeNumber(value: RegoValue): number {
  const written = regoText(value);
  if (!/^[+-]?[0-9]+$/.test(written)) {
    throw builtinError(`strconv.ParseInt: parsing ${quote(written)}: invalid syntax`);
  }
  const number = Number(written);
  if (Math.abs(number + 0.5) <= 0x8000_0000) return number;
  throw builtinError(`strconv.ParseInt: parsing ${quote(written)}: value out of range`);
}

/** How often a failed request is sent again; 0 when missing. */
export function retries(value: RegoValue | undefined): number {
  if (value === undefined) return 0;
  const written = regoText(value);
  if (/^[0-9]{1,15}$/.test(written)) return Number(written);
  throw new HttpSendError(`invalid value ${written} for field "max_retry_attempts"`);
}

/** Milliseconds of nanoseconds or of a duration such as `300ms`; Infinity for 0 and less, which sets no limit. */
export function timeoutMs(value: RegoValue): number {
  const ns = timeoutNs(value);
  return ns <= 0n ? Number.POSITIVE_INFINITY : Number(ns) / 1e6;
}

function timeoutNs(value: RegoValue): bigint {
  if (typeof value === 'number' || value instanceof ExactNumber) {
    const ns = int64(numberText(value));
    if (ns !== undefined) return ns;
    throw builtinError(`invalid timeout number value ${numberText(value)}, must be int64`);
  }
  if (typeof value !== 'string') {
    throw typeError(`operand 1 'timeout' must be one of {string, number} but got ${kindOf(value)}`);
  }
  return int64(value) ?? durationNs(value);
}

function durationNs(value: string): bigint {
  try {
    return parseGoDuration(value);
  } catch (error) {
    if (error instanceof DurationError)
      throw builtinError(`invalid timeout value ${quote(value)}: ${error.message}`);
    throw error;
  }
}

function int64(written: string): bigint | undefined {
  if (!/^[+-]?[0-9]{1,19}$/.test(written)) return undefined;
  const value = BigInt(written.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function kindOf(value: RegoValue): string {
  if (value === null || typeof value === 'boolean') return value === null ? 'null' : 'boolean';
  if (Array.isArray(value)) return 'array';
  return value instanceof Map ? 'object' : 'set';
}
