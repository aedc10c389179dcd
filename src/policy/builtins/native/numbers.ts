import { ExactNumber, type RegoNumber, type RegoValue } from '../../value.ts';
import type { Builtin } from '../builtin.ts';
import { truncate } from '../go-big-float.ts';
import { numberText } from '../numbers.ts';
import { rangeStep } from '../numbers-range.ts';
import { numberOperand, operandError, typeError } from '../operands.ts';
import { floatOf, integerOf, MAX_BITS } from './exact-numbers.ts';
import { parseNumber } from './parse-number.ts';

/** Numbers from other values and as text (v1/topdown/casts.go, numbers.go, strings.go). */
export const numberBuiltins: readonly Builtin[] = [
  { name: 'numbers.range', effects: [], call: (_context, from, to) => rangeStep(from, to, 1) },
  { name: 'to_number', effects: [], call: (_context, value) => toNumber(value) },
  {
    name: 'format_int',
    effects: [],
    call: (_context, value, base) => formatInteger(numberOperand(value, 1), numberOperand(base, 2)),
  },
];

function toNumber(value: RegoValue | undefined): RegoNumber {
  if (value === null) return 0;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number' || value instanceof ExactNumber) return value;
  if (typeof value === 'string') return parseNumber(value);
  throw typeError(1, value, 'null', 'boolean', 'number', 'string');
}

const BASES: ReadonlyMap<string, number> = new Map([2, 8, 10, 16].map((base) => [String(base), base]));

/** A fraction is dropped; of a number with a fraction or an exponent only 64 bits count, as in OPA. */
function formatInteger(value: RegoNumber, base: RegoNumber): string {
  const radix = BASES.get(numberText(base));
  if (radix === undefined) throw operandError(2, 'must be one of {2, 8, 10, 16}');
  const isPlain = !/[.eE]/.test(numberText(value));
  const integer = isPlain ? integerOf(value) : truncate(floatOf(value), MAX_BITS);
  return integer!.toString(radix);
}
