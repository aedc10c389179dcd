import type { JsonShape } from '../json-shape.ts';
import type { JsonObject, Schema } from './schema.ts';
import { invalidType, SchemaError } from './schema-error.ts';

const TYPES: readonly string[] = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'];

/** `type`. Throws SchemaError. */
export function typeKeyword(node: JsonObject, schema: Schema): void {
  const value = node.get('type');
  if (value === undefined) return;
  const named = Array.isArray(value) ? value : [value];
  for (const type of named) schema.types.push(checked(type, schema.types));
}

function checked(type: JsonShape, before: readonly string[]): string {
  // OPA exchanges what is expected and what is given.
  if (typeof type !== 'string') throw invalidType('type', 'string/Array Of Strings');
  if (!TYPES.includes(type)) {
    throw new SchemaError(
      `has a primitive type that is NOT VALID -- given: /${type}/ Expected valid values are:[${TYPES.join(' ')}]`,
    );
  }
  if (before.includes(type)) throw new SchemaError(`${type} type is duplicated`);
  return type;
}
