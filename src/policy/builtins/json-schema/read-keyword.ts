import { ExactNumber, type RegoNumber } from '../../value.ts';
import type { JsonShape } from '../json-shape.ts';
import { numberText } from '../numbers.ts';
import { isRational } from './exact-number.ts';
import type { JsonObject } from './schema.ts';
import { invalidType, SchemaError } from './schema-error.ts';

/** Typed views of keywords, with OPA's messages. Undefined where the keyword is not there. All throw SchemaError. */

export function stringKeyword(node: JsonObject, keyword: string): string | undefined {
  const value = node.get(keyword);
  if (value === undefined || typeof value === 'string') return value;
  throw invalidType('string', keyword);
}

export function arrayKeyword(node: JsonObject, keyword: string): readonly JsonShape[] | undefined {
  const value = node.get(keyword);
  if (value === undefined || Array.isArray(value)) return value;
  throw new SchemaError(`${keyword} must be of an array`);
}

/** A number of elements, members or characters: an integer of 64 bits, written without fraction and exponent. */
export function sizeKeyword(node: JsonObject, keyword: string): bigint | undefined {
  const value = node.get(keyword);
  if (value === undefined) return undefined;
  const text = isNumber(value) ? numberText(value) : '';
  if (!/^-?\d{1,19}$/.test(text) || BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) {
    throw new SchemaError(`${keyword} must be of an integer`);
  }
  const size = BigInt(text);
  if (size < 0n) throw new SchemaError(`${keyword} must be greater than or equal to 0`);
  return size;
}

/** The value as a number that OPA can compute with. */
export function rational(value: JsonShape): RegoNumber | undefined {
  return isNumber(value) && isRational(value) ? value : undefined;
}

export function isNumber(value: JsonShape): value is RegoNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}

/** Whether a value may be a schema; in draft 4 a boolean turns out not to be one. */
export function isSchema(value: JsonShape): boolean {
  return typeof value === 'boolean' || value instanceof Map;
}
