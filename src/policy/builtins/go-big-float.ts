/**
 * Go's big.Float with its default precision of 64 bits: what OPA computes with where a number is not read exactly.
 * Only what the builtins need: reading a decimal, arithmetic, the integer part. The text is go-big-float-text.ts's.
 */
export interface BigFloat {
  readonly negative: boolean;
  /** value = mantissa × 2^exponent; zero has mantissa 0. */
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Bits of a mantissa unless a result says otherwise. */
export const PRECISION = 64;

/** Largest power of five that Go keeps in a table; beyond it powers are computed with rounding. */
const EXACT_POWER = 27n;

/** Exponents beyond the 32 bits of a big.Float are an error there too. */
const MAX_EXPONENT = 2 ** 31;

/** Parts of a decimal as big.Float.SetString reads them; undefined when the text is no decimal number. */
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * Reads a decimal number with Go's two roundings: the power of five to 128 bits, the result to 64, halves to even.
 * Undefined when the text is no decimal number.
 */
export function parseBigFloat(text: string): BigFloat | undefined {
  const [, sign, whole, fraction = '', exponentText = '0'] = DECIMAL.exec(text) ?? [];
  if (whole === undefined || whole + fraction === '') return undefined;
  const negative = sign === '-';
  const mantissa = BigInt(whole + fraction);
  if (mantissa === 0n) return { negative, mantissa, exponent: 0 };
  const exponent = Number(exponentText) - fraction.length;
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  if (exponent === 0) return { negative, ...round(mantissa, 0, PRECISION) };
  const power = powerOfFive(BigInt(Math.abs(exponent)), PRECISION + 64);
  if (exponent > 0) {
    const product = round(mantissa * power.mantissa, exponent + power.exponent, PRECISION);
    return { negative, ...product };
  }
  return { negative, ...divide(mantissa, power, exponent) };
}

/** The product, rounded to so many bits. */
export function multiply(left: BigFloat, right: BigFloat, precision: number = PRECISION): BigFloat {
  const negative = left.negative !== right.negative;
  const mantissa = left.mantissa * right.mantissa;
  if (mantissa === 0n) return { negative, mantissa, exponent: 0 };
  return { negative, ...round(mantissa, left.exponent + right.exponent, precision) };
}

/** The sum, rounded to so many bits. Of two zeros it is -0 when both are; a number and its negative give 0. */
export function add(left: BigFloat, right: BigFloat, precision: number = PRECISION): BigFloat {
  if (left.mantissa === 0n && right.mantissa === 0n) {
    return { ...left, negative: left.negative && right.negative };
  }
  if (left.mantissa === 0n || right.mantissa === 0n) {
    const { negative, mantissa, exponent } = left.mantissa === 0n ? right : left;
    return { negative, ...round(mantissa, exponent, precision) };
  }
  const [low, high] = left.exponent < right.exponent ? [left, right] : [right, left];
  const sum = signed(low) + (signed(high) << BigInt(high.exponent - low.exponent));
  return { negative: sum < 0n, ...round(sum < 0n ? -sum : sum, low.exponent, precision) };
}

export function negate(value: BigFloat): BigFloat {
  return { ...value, negative: !value.negative };
}

/** The quotient, rounded to 64 bits. The divisor is not zero. */
export function quotient(left: BigFloat, right: BigFloat): BigFloat {
  const negative = left.negative !== right.negative;
  if (left.mantissa === 0n) return { negative, mantissa: 0n, exponent: 0 };
  return { negative, ...divide(left.mantissa, right, left.exponent) };
}

/** The integer part, towards zero; undefined when it has more bits than `maxBits`. */
export function truncate({ negative, mantissa, exponent }: BigFloat, maxBits: number): bigint | undefined {
  if (mantissa === 0n) return 0n;
  if (bitLength(mantissa) + exponent > maxBits) return undefined;
  // A shift far below the lowest bit would overflow the shift count of a bigint for no gain.
  const magnitude = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa >> BigInt(-exponent);
  return negative ? -magnitude : magnitude;
}

/** Whether the number has no fraction. */
export function isInteger({ mantissa, exponent }: BigFloat): boolean {
  if (exponent >= 0 || mantissa === 0n) return true;
  return -exponent < bitLength(mantissa) && (mantissa & ((1n << BigInt(-exponent)) - 1n)) === 0n;
}

function signed({ negative, mantissa }: BigFloat): bigint {
  return negative ? -mantissa : mantissa;
}

interface Magnitude {
  readonly mantissa: bigint;
  readonly exponent: number;
}

function divide(mantissa: bigint, power: Magnitude, exponent: number): Magnitude {
  // Two bits more than wanted, and one that says whether anything was left, decide the rounding.
  const shift = Math.max(PRECISION + 2 + bitLength(power.mantissa) - bitLength(mantissa), 0);
  const scaled = mantissa << BigInt(shift);
  const quotient = scaled / power.mantissa;
  const sticky = scaled % power.mantissa === 0n ? 0n : 1n;
  return round((quotient << 1n) | sticky, exponent - power.exponent - shift - 1, PRECISION);
}

/** 5^n by repeated squaring, rounded at each step as big.Float.pow5 rounds. */
function powerOfFive(n: bigint, precision: number): Magnitude {
  if (n <= EXACT_POWER) return { mantissa: 5n ** n, exponent: 0 };
  let result: Magnitude = { mantissa: 5n ** EXACT_POWER, exponent: 0 };
  let factor: Magnitude = { mantissa: 5n, exponent: 0 };
  for (let rest = n - EXACT_POWER; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) {
      result = round(result.mantissa * factor.mantissa, result.exponent + factor.exponent, precision);
    }
    factor = round(factor.mantissa * factor.mantissa, factor.exponent * 2, precision + 64);
  }
  return result;
}

/** Rounds half to even. */
function round(mantissa: bigint, exponent: number, precision: number): Magnitude {
  const drop = bitLength(mantissa) - precision;
  if (drop <= 0) return { mantissa, exponent };
  const shift = BigInt(drop);
  const kept = mantissa >> shift;
  const rest = mantissa & ((1n << shift) - 1n);
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && (kept & 1n) === 1n);
  return { mantissa: up ? kept + 1n : kept, exponent: exponent + drop };
}

/** The place of the highest bit, from 1; 0 for zero. */
export function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return value === 0n ? 0 : (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0]!, 16)));
}
