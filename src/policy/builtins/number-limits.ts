import { bitLength, parseBigFloat } from './go-big-float.ts';

/** Numbers of 2^100000 and beyond, and below 2^-100000, are too big for OPA (v1/ast/term.go NumberChecked). */
export const MAX_NUMBER_BITS = 100_000;

/** So few decimal places are within the limit for certain. */
const SMALL_EXPONENT = MAX_NUMBER_BITS / 4;

/** A larger exponent is no number for Go, even that of a zero. */
const MAX_INT64 = 2 ** 63;

/** Whether OPA accepts a decimal number when it reads one: it looks at those with an exponent only. */
export function isAcceptedNumber(text: string): boolean {
  const at = text.search(/[eE]/);
  if (at === -1) return true;
  const exponent = Math.abs(Number(text.slice(at + 1)));
  if (at + exponent <= SMALL_EXPONENT) return true;
  const float = exponent < MAX_INT64 ? parseBigFloat(text) : undefined;
  if (float === undefined) return false;
  return float.mantissa === 0n || Math.abs(bitLength(float.mantissa) + float.exponent) <= MAX_NUMBER_BITS;
}
