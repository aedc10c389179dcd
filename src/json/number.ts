import type { RawJson } from './value.ts';

/** Whether a double prints as exactly `source`, so that nothing is lost by keeping the double. */
export function isDecimalFaithful(number: number, source: string): boolean {
  return String(number) === source;
}

/** The number as `source` writes it: a double where that loses nothing, else the text itself. `source` must be a JSON number. */
export function losslessNumber(source: string): number | RawJson {
  const number = Number(source);
  return isDecimalFaithful(number, source) ? number : JSON.rawJSON(source);
}

/** `maxNumberExp` of OPA's v1/ast/term.go: the binary exponent that its own reader of numbers stops at. */
const MAX_BINARY_EXPONENT = 100_000;
const PARTS = /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE](.+))?$/;

/**
 * Whether a JSON number is 2^100000 or more, or less than 2^-100001, either sign: OPA refuses such an input ("number too
 * big"), because calculating with it takes as many digits as its exponent says. Told from the digits and the exponent
 * alone, so that the question is cheap. Stricter than OPA in two ways: it lets pass what is written out without an
 * exponent, and any zero.
 */
export function isOutOfRange(source: string): boolean {
  const [, integer = '', fraction = '', exponent = '0'] = PARTS.exec(source) ?? [];
  const digits = integer + fraction;
  const found = digits.search(/[1-9]/);
  const first = found < 0 ? digits.length - 1 : found;
  const leading = Number(`0.${digits.slice(first, first + 17)}`) || 0.1;
  const log2 = Math.log2(leading) + (integer.length - first + Number(exponent)) * Math.log2(10);
  return log2 >= MAX_BINARY_EXPONENT || log2 < -MAX_BINARY_EXPONENT - 1;
}
