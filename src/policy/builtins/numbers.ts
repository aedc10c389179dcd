import { ExactNumber, type RegoNumber } from '../value.ts';

/**
 * Above this many digits a number is not made an integer: `1e999999999` is twelve bytes of input and would be
 * a gigabyte of memory. OPA's own limit on exponents (2^100000, some 30,103 digits) is of the same size.
 */
export const MAX_INTEGER_DIGITS = 30_103;

const DECIMAL = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/**
 * Sign, significant digits without zeros at either end, and the power of ten that follows: `-1.50` is -15 × 10^-1. The
 * exponent is as large as its text: as a double, two of 309 digits would both be infinite, and their difference no number.
 */
interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: bigint;
}

const ZERO: Decimal = { negative: false, digits: '', exponent: 0n };

/** The number as JSON writes it. */
export function numberText(value: RegoNumber): string {
  return typeof value === 'number' ? String(value) : value.text;
}

/** The nearest double; infinite when there is none. */
export function numberToFloat(value: RegoNumber): number {
  return typeof value === 'number' ? value : Number(value.text);
}

/** The exact integer that the number is (`1.0` and `1e3` are integers); undefined when it has a fraction or is too long. */
export function numberToBigint(value: RegoNumber): bigint | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  const { negative, digits, exponent } = decimal(numberText(value));
  if (digits === '') return 0n;
  if (exponent < 0n || BigInt(digits.length) + exponent > MAX_INTEGER_DIGITS) return undefined;
  const magnitude = BigInt(digits + '0'.repeat(Number(exponent)));
  return negative ? -magnitude : magnitude;
}

/** The number as OPA reads a machine integer: up to 19 characters without the sign; `1.0` is one, `1.5` and `1e2` are not. */
export function numberToInt64(value: RegoNumber): bigint | undefined {
  const digits = /^-?(?=[\d.]{1,19}$)\d+(?=(?:\.0*)?$)/.exec(numberText(value))?.[0];
  return digits !== undefined && BigInt.asIntN(64, BigInt(digits)) === BigInt(digits)
    ? BigInt(digits)
    : undefined;
}

/** A Rego number from an integer of any size. */
export function bigintToNumber(value: bigint): RegoNumber {
  const float = Number(value);
  return Number.isSafeInteger(float) ? float : new ExactNumber(value.toString());
}

/** A Rego number from the text of a JSON number: a double where that writes the same text, else the text. */
export function textToNumber(text: string): RegoNumber {
  const float = Number(text);
  return String(float) === text ? float : new ExactNumber(text);
}

/** A text that equal numbers share, however they are written. */
export function numberIdentity(value: RegoNumber): string {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return `${value === 0 ? 0 : value}`;
  const { negative, digits, exponent } = decimal(numberText(value));
  if (digits === '') return '0';
  const sign = negative ? '-' : '';
  // As safe integers are written above; longer ones have no other form.
  const isShort = exponent >= 0n && BigInt(digits.length) + exponent <= 16n;
  return isShort ? `${sign}${digits}${'0'.repeat(Number(exponent))}` : `${sign}${digits}e${exponent}`;
}

/** Orders two numbers by their exact values: negative, zero or positive. */
export function compareNumbers(left: RegoNumber, right: RegoNumber): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const a = decimal(numberText(left));
  const b = decimal(numberText(right));
  if (a.digits === '' || b.digits === '' || a.negative !== b.negative) return sign(a) - sign(b);
  const order = compareMagnitudes(a, b);
  return a.negative ? -order : order;
}

function sign(value: Decimal): number {
  if (value.digits === '') return 0;
  return value.negative ? -1 : 1;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  const size = BigInt(a.digits.length - b.digits.length) + a.exponent - b.exponent;
  if (size !== 0n) return size < 0n ? -1 : 1;
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}

/** A loop, since a regular expression would look at each run of zeros again and again: seconds for a long number. */
export function withoutZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}

function decimal(text: string): Decimal {
  const [, minus, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) throw new RangeError(`not a JSON number: ${text}`);
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = withoutZerosAtEnd(all);
  if (digits === '') return ZERO;
  return {
    negative: minus === '-',
    digits,
    exponent: BigInt(exponent) + BigInt(all.length - digits.length - fraction.length),
  };
}
