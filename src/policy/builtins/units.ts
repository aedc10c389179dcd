import type { RegoNumber, RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { multiply, parseBigFloat, truncate } from './go-big-float.ts';
import { decompose } from './go-float.ts';
import { bigintToNumber, textToNumber } from './numbers.ts';
import { stringOperand } from './operands.ts';

/** Amounts with units, `10Ki` or `1.5GB` (v1/topdown/parse_units.go, parse_bytes.go). */
export const unitBuiltins: readonly Builtin[] = [
  { name: 'units.parse', effects: [], call: (_, text) => parseUnits(stringOperand(text, 1)) },
  { name: 'units.parse_bytes', effects: [], call: (_, text) => parseBytes(stringOperand(text, 1)) },
];

/** A longer exponent is refused, as in OPA. */
const MAX_EXPONENT_DIGITS = 6;

/** Results beyond 2^100000 are refused: OPA would write out a million digits for `1e999999`. */
const MAX_RESULT_BITS = 100_000;

/** As many digits as such a result has; OPA has no limit. */
const MAX_AMOUNT_LENGTH = 30_103;

const PREFIXES = ['', 'k', 'm', 'g', 't', 'p', 'e'] as const;

/** Decimal and binary factors by prefix: `k` is 1000, `ki` is 1024. */
const FACTORS: ReadonlyMap<string, bigint> = new Map(
  PREFIXES.flatMap((prefix, i) => {
    const binary: [string, bigint] = [`${prefix}i`, 1024n ** BigInt(i)];
    const decimal: [string, bigint] = [prefix, 1000n ** BigInt(i)];
    return i === 0 ? [decimal] : [decimal, binary];
  }),
);

/** A quotient of integers, `denominator` positive. */
interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** `m` is milli and `M` is mega: only letters after the first may have either case. Exact, to ten decimals at most. */
function parseUnits(text: string): RegoValue {
  const { amount, unit } = split(text.replaceAll('"', ''));
  if (amount === '') throw new BuiltinError('no amount provided');
  const factor = unitFactor(unit.slice(0, 1) + lowerCase(unit.slice(1)));
  if (factor === undefined) throw new BuiltinError(`unit ${unit} not recognized`);
  const value = parseRational(amount);
  if (value === undefined) throw new BuiltinError('could not parse amount to a number');
  return rationalNumber({
    numerator: value.numerator * factor.numerator,
    denominator: value.denominator * factor.denominator,
  });
}

function unitFactor(unit: string): Rational | undefined {
  if (unit === 'm') {
    // Go's milli is the double next to 0.001, not the decimal.
    const { mantissa, exponent } = decompose(0.001);
    return { numerator: mantissa, denominator: 1n << BigInt(-exponent) };
  }
  const letter = unit === 'M' ? 'm' : unit.slice(0, 1).toLowerCase() + unit.slice(1);
  const factor = unit.charCodeAt(0) < 0x80 || unit === '' ? FACTORS.get(letter) : undefined;
  return factor === undefined ? undefined : { numerator: factor, denominator: 1n };
}

/** Bytes: case does not matter, a `b` may follow the prefix, the fraction of a byte is dropped; 64 bits of precision. */
function parseBytes(text: string): RegoValue {
  const { amount, unit } = split(lowerCase(text).replaceAll('"', ''));
  if (amount === '') throw new BuiltinError('no byte amount provided');
  const factor = FACTORS.get(unit.length > 1 ? unit.replace(/b$/, '') : unit);
  if (factor === undefined) throw new BuiltinError(`byte unit ${unit} not recognized`);
  const value = parseBigFloat(amount);
  if (value === undefined) throw new BuiltinError('could not parse byte amount to a number');
  const total = multiply(value, { negative: false, mantissa: factor, exponent: 0 });
  const bytes = truncate(total, MAX_RESULT_BITS);
  if (bytes === undefined) throw new BuiltinError('exponent too large');
  return bigintToNumber(bytes);
}

/** The number and the rest. An `e` belongs to the number when a digit or a sign follows it. */
function split(text: string): { amount: string; unit: string } {
  if (text.includes(' ')) throw new BuiltinError('spaces not allowed in resource strings');
  let end = 0;
  while (end < text.length) {
    const exponent = /^[eE](?:[+-]?)(\d*)/.exec(text.slice(end, end + MAX_EXPONENT_DIGITS + 3));
    if (exponent !== null) {
      if (!/[\d+-]/.test(text[end + 1] ?? '')) break;
      if (exponent[1]!.length > MAX_EXPONENT_DIGITS) throw new BuiltinError('exponent too large');
    } else if (!/[\d.+-]/.test(text[end]!)) break;
    end++;
  }
  if (end > MAX_AMOUNT_LENGTH) throw new BuiltinError('amount too long');
  return { amount: text.slice(0, end), unit: text.slice(end) };
}

/** Go's ToLower maps single characters: the dotted capital I becomes a plain i. */
function lowerCase(text: string): string {
  return text.replaceAll('\u0130', 'i').toLowerCase();
}

function parseRational(text: string): Rational | undefined {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign, whole = '', fraction = '', exponentText = '0'] = parts;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const exponent = Number(exponentText) - fraction.length;
  if (digits !== 0n && Math.abs(exponent) * 3.33 > MAX_RESULT_BITS) {
    throw new BuiltinError('exponent too large');
  }
  const scale = digits === 0n ? 1n : 10n ** BigInt(Math.abs(exponent));
  const numerator = sign === '-' ? -digits : digits;
  return exponent >= 0
    ? { numerator: numerator * scale, denominator: 1n }
    : { numerator, denominator: scale };
}

/** An integer where it is one, else ten decimals, halves away from zero (big.Rat.FloatString). */
function rationalNumber({ numerator, denominator }: Rational): RegoNumber {
  if (numerator % denominator === 0n) return bigintToNumber(numerator / denominator);
  const magnitude = numerator < 0n ? -numerator : numerator;
  const scaled = (magnitude * 10n ** 10n * 2n + denominator) / (denominator * 2n);
  const digits = scaled.toString().padStart(11, '0');
  return textToNumber(`${numerator < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`);
}
