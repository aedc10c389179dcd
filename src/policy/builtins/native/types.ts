import type { Builtin } from '../builtin.ts';
import { type RegoTypeName, typeName } from '../compare.ts';

/** `is_…` and `type_name` (v1/topdown/type.go, type_name.go). */
export const typeBuiltins: readonly Builtin[] = [
  ...(['array', 'boolean', 'null', 'number', 'object', 'set', 'string'] as const).map(typeTest),
  { name: 'type_name', effects: [], call: (_context, value) => typeName(value) },
];

function typeTest(type: RegoTypeName): Builtin {
  return { name: `is_${type}`, effects: [], call: (_context, value) => typeName(value) === type };
}
