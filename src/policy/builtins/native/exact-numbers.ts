import type { RegoNumber } from '../../value.ts';
import { BuiltinError } from '../builtin.ts';
import { type BigFloat, bitLength, PRECISION, parseBigFloat } from '../go-big-float.ts';
import { bigFloatText } from '../go-big-float-text.ts';
import { MAX_NUMBER_BITS } from '../number-limits.ts';
import { bigintToNumber, MAX_INTEGER_DIGITS, numberText, numberToBigint, textToNumber } from '../numbers.ts';

/**
 * OPA's limit for numbers that it reads holds here for operands and results of arithmetic too: nothing could interrupt work on larger
 * ones. OPA computes with what its own arithmetic has made of smaller ones.
 */
export const MAX_BITS: number = MAX_NUMBER_BITS;

/** A number within the limits has no more characters unless most of them are digits that do not count. */
const MAX_TEXT_LENGTH = 3 * MAX_INTEGER_DIGITS;

const PLAIN_INTEGER = /^-?[0-9]+$/;

/** The number as big.Float reads it. Throws BuiltinError beyond the limits. */
export function floatOf(value: RegoNumber): BigFloat {
  const text = numberText(value);
  const float = text.length > MAX_TEXT_LENGTH ? undefined : parseBigFloat(text);
  if (float === undefined) throw tooBig();
  return checked(float);
}

/** The exact integer that the number is; undefined when it has a fraction. Throws BuiltinError beyond the limits. */
export function integerOf(value: RegoNumber): bigint | undefined {
  if (typeof value === 'number') return numberToBigint(value);
  if (value.text.length <= MAX_INTEGER_DIGITS && PLAIN_INTEGER.test(value.text)) return BigInt(value.text);
  floatOf(value);
  return numberToBigint(value);
}

/** A result of integer arithmetic. Throws BuiltinError beyond the limits. */
export function integerResult(value: bigint): RegoNumber {
  return bigintToNumber(checkedInteger(value));
}

export function checkedInteger(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value && bitLength(value < 0n ? -value : value) > MAX_BITS) throw tooBig();
  return value;
}

/** A result of arithmetic with so many bits. Throws BuiltinError beyond the limits. */
export function floatResult(value: BigFloat, precision: number = PRECISION): RegoNumber {
  return textToNumber(bigFloatText(checked(value), precision));
}

export function checked(value: BigFloat): BigFloat {
  const exponent = bitLength(value.mantissa) + value.exponent;
  if (value.mantissa !== 0n && Math.abs(exponent) > MAX_BITS) throw tooBig();
  return value;
}

/** Throws BuiltinError where a shift to the left would leave the limits. */
export function checkShift(value: bigint, shift: number): void {
  if (value !== 0n && bitLength(value < 0n ? -value : value) + shift > MAX_BITS) throw tooBig();
}

function tooBig(): BuiltinError {
  return new BuiltinError('number too big');
}
