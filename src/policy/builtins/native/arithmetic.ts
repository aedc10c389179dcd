import type { RegoNumber } from '../../value.ts';
import { type Builtin, BuiltinError } from '../builtin.ts';
import { add, type BigFloat, isInteger, multiply, negate, quotient, truncate } from '../go-big-float.ts';
import { numberOperand } from '../operands.ts';
import { floatOf, floatResult, integerOf, integerResult, MAX_BITS } from './exact-numbers.ts';

/**
 * Arithmetic as v1/topdown/arithmetic.go: exact for integers of any size, otherwise with 64 bits of precision. `minus` stands with the
 * sets, which it is for as well.
 */
export const arithmeticBuiltins: readonly Builtin[] = [
  binary('plus', plus),
  binary('mul', times),
  binary('div', divide),
  binary('rem', remainder),
  unary('abs', absolute),
  unary('round', (value) => wholeNumber(value, round)),
  unary('ceil', (value) => wholeNumber(value, ceil)),
  unary('floor', (value) => wholeNumber(value, floor)),
];

function binary(name: string, compute: (x: RegoNumber, y: RegoNumber) => RegoNumber): Builtin {
  const call: Builtin['call'] = (_, x, y) => compute(numberOperand(x, 1), numberOperand(y, 2));
  return { name, effects: [], call };
}

function unary(name: string, compute: (x: RegoNumber) => RegoNumber): Builtin {
  return { name, effects: [], call: (_, x) => compute(numberOperand(x, 1)) };
}

function plus(x: RegoNumber, y: RegoNumber): RegoNumber {
  const sum = isSafe(x) && isSafe(y) ? x + y : Number.NaN;
  if (Number.isSafeInteger(sum)) return sum;
  const integers = bothIntegers(x, y);
  return integers === undefined
    ? floatResult(add(floatOf(x), floatOf(y)))
    : integerResult(integers[0] + integers[1]);
}

export function minus(x: RegoNumber, y: RegoNumber): RegoNumber {
  const difference = isSafe(x) && isSafe(y) ? x - y : Number.NaN;
  if (Number.isSafeInteger(difference)) return difference;
  const integers = bothIntegers(x, y);
  return integers === undefined
    ? floatResult(add(floatOf(x), negate(floatOf(y))))
    : integerResult(integers[0] - integers[1]);
}

function times(x: RegoNumber, y: RegoNumber): RegoNumber {
  const product = isSafe(x) && isSafe(y) ? x * y : Number.NaN;
  if (Number.isSafeInteger(product)) return product + 0;
  const integers = bothIntegers(x, y);
  return integers === undefined
    ? floatResult(multiply(floatOf(x), floatOf(y)))
    : integerResult(integers[0] * integers[1]);
}

/** Of integers an integer where it has no remainder, otherwise a float: 0 / -5 is -0, as in OPA. */
function divide(x: RegoNumber, y: RegoNumber): RegoNumber {
  if (isSafe(x) && isSafe(y) && x !== 0 && y !== 0 && x % y === 0) return x / y;
  const divisor = floatOf(y);
  if (divisor.mantissa === 0n) throw new BuiltinError('divide by zero');
  return floatResult(quotient(floatOf(x), divisor));
}

/** Has the sign of the dividend. */
function remainder(x: RegoNumber, y: RegoNumber): RegoNumber {
  if (isSafe(x) && isSafe(y) && y !== 0) return (x % y) + 0;
  const integers = bothIntegers(x, y);
  if (integers === undefined) throw new BuiltinError('modulo on floating-point number');
  if (integers[1] === 0n) throw new BuiltinError('modulo by zero');
  return integerResult(integers[0] % integers[1]);
}

/** Of integers beyond 64 bits only so many are kept, as in OPA. */
function absolute(value: RegoNumber): RegoNumber {
  if (isSafe(value)) return Math.abs(value);
  return floatResult({ ...floatOf(value), negative: false });
}

function wholeNumber(value: RegoNumber, toInteger: (float: BigFloat) => bigint): RegoNumber {
  if (isSafe(value)) return value;
  return integerResult(toInteger(floatOf(value)));
}

/** Halves away from zero. */
function round(value: BigFloat): bigint {
  const half: BigFloat = { negative: value.negative, mantissa: 1n, exponent: -1 };
  return truncate(add(value, half), MAX_BITS + 1)!;
}

/** OPA looks at the sign of the integer part, which -0.5 has not: the result is 1. */
function ceil(value: BigFloat): bigint {
  const whole = truncate(value, MAX_BITS)!;
  return whole < 0n || isInteger(value) ? whole : whole + 1n;
}

/** As `ceil`: of -0.5 it is 0. */
function floor(value: BigFloat): bigint {
  const whole = truncate(value, MAX_BITS)!;
  return whole >= 0n || isInteger(value) ? whole : whole - 1n;
}

function bothIntegers(x: RegoNumber, y: RegoNumber): readonly [bigint, bigint] | undefined {
  const left = integerOf(x);
  if (left === undefined) return undefined;
  const right = integerOf(y);
  return right === undefined ? undefined : [left, right];
}

/** An integer that a double holds exactly. */
function isSafe(value: RegoNumber): value is number {
  return Number.isSafeInteger(value);
}
