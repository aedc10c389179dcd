import type { RegoNumber } from '../../value.ts';
import { BuiltinError } from '../builtin.ts';
import { compareNumbers } from '../numbers.ts';
import { HYBRID } from './drafts.ts';
import { decimalOf, floatText, isMultiple, isRational } from './exact-number.ts';
import type { Run } from './outcome.ts';
import { isNumber, rational } from './read-keyword.ts';
import type { JsonObject, Schema } from './schema.ts';
import { invalidType, SchemaError } from './schema-error.ts';

/** One side of a range; `sign` is 1 for minimum and -1 for maximum. */
interface Side {
  readonly keyword: 'minimum' | 'maximum';
  readonly exclusive: 'exclusiveMinimum' | 'exclusiveMaximum';
  readonly sign: 1 | -1;
  readonly words: string;
  readonly types: { readonly inclusive: string; readonly exclusive: string };
}

const MINIMUM: Side = {
  keyword: 'minimum',
  exclusive: 'exclusiveMinimum',
  sign: 1,
  words: 'greater than',
  types: { inclusive: 'number_gte', exclusive: 'number_gt' },
};
const MAXIMUM: Side = {
  keyword: 'maximum',
  exclusive: 'exclusiveMaximum',
  sign: -1,
  words: 'less than',
  types: { inclusive: 'number_lte', exclusive: 'number_lt' },
};

/** `multipleOf`, and the range. Throws SchemaError. */
export function numberKeywords(node: JsonObject, schema: Schema): void {
  const divisor = multipleOf(node);
  if (divisor !== undefined) {
    const decimal = decimalOf(divisor);
    schema.number.push((value, at, outcome) => {
      if (isMultiple(computable(value, divisor, outcome.run), decimal)) return;
      outcome.add('multiple_of', at, () => `Must be a multiple of ${floatText(divisor)}`);
    });
  }
  range(MINIMUM, node, schema);
  range(MAXIMUM, node, schema);
}

function multipleOf(node: JsonObject): RegoNumber | undefined {
  const value = node.get('multipleOf');
  if (value === undefined) return undefined;
  const divisor = rational(value);
  if (divisor === undefined) throw invalidType('Number', 'multipleOf');
  if (compareNumbers(divisor, 0) <= 0) throw new SchemaError('multipleOf must be strictly greater than 0');
  return divisor;
}

function range(side: Side, node: JsonObject, schema: Schema): void {
  const value = node.get(side.keyword);
  let inclusive = value === undefined ? undefined : rational(value);
  if (value !== undefined && inclusive === undefined) {
    throw new SchemaError(`${side.keyword} must be of a Number`);
  }
  let exclusive: RegoNumber | undefined;
  const given = node.get(side.exclusive);
  const takesFlag = schema.draft === 4 || schema.draft === HYBRID;
  if (typeof given === 'boolean' && takesFlag) {
    if (inclusive === undefined) {
      throw new SchemaError(`${side.exclusive} cannot be used without ${side.keyword}`);
    }
    if (given) [inclusive, exclusive] = [undefined, inclusive];
  } else if (given !== undefined) {
    if (schema.draft === 4) throw invalidType('boolean', side.exclusive);
    if (!isNumber(given)) throw invalidType(takesFlag ? 'boolean/number' : 'number', side.exclusive);
    exclusive = rational(given);
  }
  if (inclusive !== undefined) limit(side, inclusive, 'inclusive', schema);
  if (exclusive !== undefined) limit(side, exclusive, 'exclusive', schema);
}

function limit(side: Side, bound: RegoNumber, kind: 'inclusive' | 'exclusive', schema: Schema): void {
  const least = kind === 'inclusive' ? 0 : 1;
  const words = kind === 'inclusive' ? `${side.words} or equal to` : side.words;
  schema.number.push((value, at, outcome) => {
    if (Math.sign(compareNumbers(computable(value, bound, outcome.run), bound)) * side.sign >= least) return;
    outcome.add(side.types[kind], at, () => `Must be ${words} ${floatText(bound)}`);
  });
}

/** The value, when it can be computed with. OPA's process panics on what Go's big.Rat does not take. */
function computable(value: RegoNumber, other: RegoNumber, run: Run): RegoNumber {
  run.work.spend((lengthOf(value) + lengthOf(other)) / 2);
  if (isRational(value)) return value;
  throw new BuiltinError("a number's exponent is beyond 1000000", { halt: true });
}

function lengthOf(value: RegoNumber): number {
  return typeof value === 'number' ? 1 : value.text.length;
}
