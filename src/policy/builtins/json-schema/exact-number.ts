import type { RegoNumber } from '../../value.ts';
import { BuiltinError } from '../builtin.ts';
import { bitLength } from '../go-big-float.ts';
import { bigFloatText } from '../go-big-float-text.ts';
import { MAX_INTEGER_DIGITS, numberText } from '../numbers.ts';

/** digits × 10^exponent; the digits do not end in zero unless they are zero. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/** From here on Go's big.Rat reads no number. */
const MAX_RATIONAL_EXPONENT = 1_000_000n;
const MAX_INT64 = (1n << 63n) - 1n;

const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?)(\d+))?$/;

/** Whether Go's big.Rat takes the number: beyond an exponent of a million it does not. */
export function isRational(value: RegoNumber): boolean {
  if (typeof value === 'number') return true;
  const { digits, exponent, written } = partsOf(value);
  if (written > MAX_INT64) return false;
  return /^0*$/.test(digits) || (exponent <= MAX_RATIONAL_EXPONENT && exponent >= -MAX_RATIONAL_EXPONENT);
}

/** Whether the number has no fraction, however it is written. What is no rational number is none. */
export function isInteger(value: RegoNumber): boolean {
  if (typeof value === 'number') return Number.isInteger(value);
  if (!isRational(value)) return false;
  const { digits, exponent } = partsOf(value);
  if (exponent >= 0n) return true;
  return /^0*$/.test(digits.slice(Number(exponent)));
}

/** Whether the quotient of two rational numbers is an integer. The divisor is not zero. */
export function isMultiple(value: RegoNumber, denominator: Decimal): boolean {
  const numerator = decimalOf(value);
  if (numerator.digits === 0n) return true;
  const shift = numerator.exponent - denominator.exponent;
  if (shift < 0) return false;
  return (numerator.digits * powerOfTen(shift, denominator.digits)) % denominator.digits === 0n;
}

/**
 * The number as Go writes `new(big.Float).SetRat(…)` with `%v`: with the fewest digits that tell it from its neighbours of
 * 64 bits, or of as many as numerator or denominator have; with an exponent below 1e-4 and from 1e6 on.
 */
export function floatText(value: RegoNumber): string {
  const { digits, exponent } = decimalOf(value);
  const negative = digits < 0n;
  const magnitude = negative ? -digits : digits;
  const numerator = exponent > 0 ? magnitude * 10n ** BigInt(exponent) : magnitude;
  const [above, below] = reduced(numerator, exponent < 0 ? 10n ** BigInt(-exponent) : 1n);
  const precision = Math.max(64, bitLength(above), bitLength(below));
  const text = bigFloatText({ negative, ...quotient(above, below, precision) }, precision);
  return /^-?\d{7,}$/.test(text) ? withExponent(text) : text;
}

/** Throws BuiltinError where there are so many digits that nothing can be told in good time. */
export function decimalOf(value: RegoNumber): Decimal {
  const { negative, digits, exponent } = partsOf(value);
  const significant = digits.replace(/^0+/, '');
  const size = BigInt(significant.length) + (exponent < 0n ? -exponent : exponent);
  if (significant !== '' && size > MAX_INTEGER_DIGITS) {
    throw new BuiltinError(`a number is written with more than ${MAX_INTEGER_DIGITS} digits`);
  }
  let end = significant.length;
  while (end > 0 && significant.charCodeAt(end - 1) === 48) end--;
  const all = BigInt(significant.slice(0, end) || '0');
  return { digits: negative ? -all : all, exponent: Number(exponent) + significant.length - end };
}

function partsOf(value: RegoNumber): {
  negative: boolean;
  digits: string;
  exponent: bigint;
  written: bigint;
} {
  const parts = PARTS.exec(numberText(value));
  if (parts === null) throw new RangeError(`not a JSON number: ${numberText(value)}`);
  const [, minus, whole, fraction = '', sign, power = '0'] = parts;
  const written = BigInt(power);
  const exponent = (sign === '-' ? -written : written) - BigInt(fraction.length);
  return { negative: minus === '-', digits: whole! + fraction, exponent, written };
}

/** 10^power modulo a number, by squaring. */
function powerOfTen(power: number, modulus: bigint): bigint {
  let result = 1n;
  let factor = 10n;
  for (let rest = power; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

/** In lowest terms; the denominator is a power of ten. */
function reduced(numerator: bigint, denominator: bigint): [bigint, bigint] {
  let [a, b] = [numerator, denominator];
  while (a % 2n === 0n && b % 2n === 0n) [a, b] = [a / 2n, b / 2n];
  while (a % 5n === 0n && b % 5n === 0n) [a, b] = [a / 5n, b / 5n];
  return [a, b];
}

/** Rounded to so many bits, halves to even. */
function quotient(above: bigint, below: bigint, precision: number): { mantissa: bigint; exponent: number } {
  if (above === 0n) return { mantissa: 0n, exponent: 0 };
  const shift = Math.max(precision + 2 + bitLength(below) - bitLength(above), 0);
  const scaled = above << BigInt(shift);
  const exact = ((scaled / below) << 1n) | (scaled % below === 0n ? 0n : 1n);
  const drop = BigInt(Math.max(bitLength(exact) - precision, 0));
  const half = drop === 0n ? 0n : 1n << (drop - 1n);
  const rest = exact & ((1n << drop) - 1n);
  const kept = exact >> drop;
  const isUp = drop > 0n && (rest > half || (rest === half && (kept & 1n) === 1n));
  return { mantissa: isUp ? kept + 1n : kept, exponent: Number(drop) - shift - 1 };
}

function withExponent(integer: string): string {
  const sign = integer.startsWith('-') ? '-' : '';
  const digits = integer.slice(sign.length);
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end--;
  const fraction = end > 1 ? `.${digits.slice(1, end)}` : '';
  return `${sign}${digits[0]}${fraction}e+${String(digits.length - 1).padStart(2, '0')}`;
}
