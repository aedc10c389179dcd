import { type BigFloat, bitLength, isInteger, PRECISION } from './go-big-float.ts';
import { withoutZerosAtEnd } from './numbers.ts';

/** A decimal without zeros at its end: 0.digits × 10^point. */
interface Digits {
  readonly digits: string;
  readonly point: number;
}

/**
 * The number as OPA writes a result (v1/topdown/builtins FloatToNumber): the fewest digits that read back as the same number of so many
 * bits (math/big ftoa.go); integers in full, others with an exponent below 1e-4 and from 1e6 on. JSON text.
 */
export function bigFloatText(value: BigFloat, precision: number = PRECISION): string {
  const sign = value.negative ? '-' : '';
  if (value.mantissa === 0n) return `${sign}0`;
  const { digits, point } = shortest(value, precision);
  if (isInteger(value)) return sign + digits.padEnd(point, '0');
  const exponent = point - 1;
  if (exponent >= -4 && exponent < 6) {
    if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
    const fraction = digits.slice(point);
    return sign + digits.slice(0, point).padEnd(point, '0') + (fraction === '' ? '' : `.${fraction}`);
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** Digit by digit until the number differs from both neighbours' halfway points, which count when the mantissa is even. */
function shortest({ mantissa, exponent }: BigFloat, precision: number): Digits {
  const exact = exactDigits(mantissa, exponent);
  // One bit more than the precision: the lowest is half a unit in the last place.
  const shift = precision + 1 - bitLength(mantissa);
  const doubled = mantissa << BigInt(shift);
  const lower = exactDigits(doubled - 1n, exponent - shift).digits;
  const upper = exactDigits(doubled + 1n, exponent - shift).digits;
  const isInclusive = (doubled & 2n) === 0n;
  const { digits } = exact;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i);
    const below = i < lower.length ? lower.charCodeAt(i) : ZERO;
    const above = i < upper.length ? upper.charCodeAt(i) : ZERO;
    const mayDrop = below !== digit || (isInclusive && i + 1 === lower.length);
    const mayRaise = digit !== above && (isInclusive || digit + 1 < above || i + 1 < upper.length);
    if (mayDrop && mayRaise) return isNearerAbove(digits, i + 1) ? raised(exact, i + 1) : cut(exact, i + 1);
    if (mayDrop) return cut(exact, i + 1);
    if (mayRaise) return raised(exact, i + 1);
  }
  return exact;
}

const ZERO = 48;
const FIVE = 53;
const NINE = 57;

/** Halves go to even. */
function isNearerAbove(digits: string, length: number): boolean {
  if (length >= digits.length) return false;
  const next = digits.charCodeAt(length);
  if (next === FIVE && length + 1 === digits.length) return digits.charCodeAt(length - 1) % 2 === 1;
  return next >= FIVE;
}

function raised({ digits, point }: Digits, length: number): Digits {
  if (length >= digits.length) return { digits, point };
  let end = length;
  while (end > 0 && digits.charCodeAt(end - 1) === NINE) end--;
  if (end === 0) return { digits: '1', point: point + 1 };
  return { digits: digits.slice(0, end - 1) + String.fromCharCode(digits.charCodeAt(end - 1) + 1), point };
}

function cut({ digits, point }: Digits, length: number): Digits {
  return { digits: withoutZerosAtEnd(digits.slice(0, length)), point };
}

function exactDigits(mantissa: bigint, exponent: number): Digits {
  const all = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const text = all.toString();
  return { digits: withoutZerosAtEnd(text), point: text.length + Math.min(exponent, 0) };
}
