import type { RegoValue } from '../value.ts';
import type { Builtin } from './builtin.ts';
import { type RegoTypeName, sortedElements, typeName } from './compare.ts';
import { typeError } from './operands.ts';

/** The deprecated casts (v1/topdown/casts.go): sets and arrays become each other, anything else must be what is asked for. */
export const castBuiltins: readonly Builtin[] = [
  { name: 'cast_array', effects: [], call: (_context, value) => castArray(value) },
  { name: 'cast_boolean', effects: [], call: (_context, value) => only('boolean', value) },
  { name: 'cast_null', effects: [], call: (_context, value) => only('null', value) },
  { name: 'cast_object', effects: [], call: (_context, value) => only('object', value) },
  { name: 'cast_set', effects: [], call: (_context, value) => castSet(value) },
  { name: 'cast_string', effects: [], call: (_context, value) => only('string', value) },
];

function castArray(value: RegoValue | undefined): RegoValue {
  if (value instanceof Set) return [...sortedElements(value)];
  if (Array.isArray(value)) return value;
  throw typeError(1, value, 'array', 'set');
}

function castSet(value: RegoValue | undefined): RegoValue {
  if (Array.isArray(value)) return new Set(value);
  if (value instanceof Set) return value;
  throw typeError(1, value, 'array', 'set');
}

function only(type: RegoTypeName, value: RegoValue | undefined): RegoValue {
  if (value !== undefined && typeName(value) === type) return value;
  throw typeError(1, value, type);
}
