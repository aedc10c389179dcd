import { ExactNumber, type RegoNumber, type RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { typeName } from '../compare.ts';
import { add, type BigFloat, multiply } from '../go-big-float.ts';
import { bigintToNumber } from '../numbers.ts';
import { operandError } from '../operands.ts';
import { elementsOf } from './aggregates.ts';
import { checked, checkedInteger, floatOf, floatResult, integerOf } from './exact-numbers.ts';

/** `sum` and `product` (v1/topdown/aggregates.go): exact when all are integers, otherwise floats one after the other. */
export const sumBuiltins: readonly Builtin[] = [
  { name: 'sum', effects: [], call: (_context, list) => sum(numbersOf(list)) },
  { name: 'product', effects: [], call: (_context, list) => product(numbersOf(list)) },
];

/** OPA begins a product with a double, whose 53 bits each product then has. */
const PRODUCT_PRECISION = 53;

const ZERO: BigFloat = { negative: false, mantissa: 0n, exponent: 0 };
const ONE: BigFloat = { negative: false, mantissa: 1n, exponent: 0 };

function sum(values: readonly RegoNumber[]): RegoNumber {
  const total = safeSum(values) ?? exactTotal(values, 0n, (all, value) => all + value);
  if (total !== undefined) return total;
  return floatResult(values.reduce<BigFloat>((all, value) => checked(add(all, floatOf(value))), ZERO));
}

function product(values: readonly RegoNumber[]): RegoNumber {
  const total = exactTotal(values, 1n, (all, value) => all * value);
  if (total !== undefined) return total;
  const float = values.reduce<BigFloat>(
    (all, value) => checked(multiply(all, floatOf(value), PRODUCT_PRECISION)),
    ONE,
  );
  return floatResult(float, PRODUCT_PRECISION);
}

/** Undefined unless doubles hold the numbers and all sums on the way. */
function safeSum(values: readonly RegoNumber[]): number | undefined {
  let total = 0;
  for (const value of values) {
    if (!Number.isSafeInteger(value)) return undefined;
    total += value as number;
    if (!Number.isSafeInteger(total)) return undefined;
  }
  return total;
}

/** Undefined when one has a fraction. */
function exactTotal(
  values: readonly RegoNumber[],
  start: bigint,
  combine: (all: bigint, value: bigint) => bigint,
): RegoNumber | undefined {
  let total = start;
  for (const value of values) {
    const integer = integerOf(value);
    if (integer === undefined) return undefined;
    total = checkedInteger(combine(total, integer));
  }
  return bigintToNumber(total);
}

function numbersOf(list: RegoValue | undefined): readonly RegoNumber[] {
  return elementsOf(list).map((value) => {
    if (typeof value === 'number' || value instanceof ExactNumber) return value;
    const name = typeName(list!);
    throw operandError(1, `must be ${name} of numbers but got ${name} containing ${typeName(value)}`);
  });
}
