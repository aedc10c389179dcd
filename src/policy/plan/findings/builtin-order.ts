/** How builtins of OPA's modules look at the order of what they are given, and what they give. */
import type { DeclaredType } from '../ir.ts';
import { ANY_KIND, ARRAY, NUMBER, OBJECT, SCALAR, SET } from './abstract.ts';

/** Give the same whatever the order of an array's elements. */
const IGNORES_ORDER: ReadonlySet<string> = new Set([
  'all',
  'any',
  'count',
  'internal.member_2',
  'intersection',
  'is_array',
  'is_boolean',
  'is_null',
  'is_number',
  'is_object',
  'is_set',
  'is_string',
  'max',
  'min',
  'sort',
  'strings.any_prefix_match',
  'strings.any_suffix_match',
  'type_name',
  'union',
]);

const KINDS: ReadonlyMap<string, number> = new Map([
  ['any', ANY_KIND],
  ['array', ARRAY],
  ['number', NUMBER],
  ['object', OBJECT],
  ['set', SET],
]);

/** The result depends on the order of an array's elements. */
export function seesOrder(builtin: string): boolean {
  return !IGNORES_ORDER.has(builtin);
}

/** The kinds of values of a type as a plan declares a builtin's result: `{type: 'set', …}`. */
export function kindsOfType(type: DeclaredType | undefined): number {
  if (type === undefined) return ANY_KIND;
  if (type.type !== 'any') return KINDS.get(type.type) ?? SCALAR;
  const { of } = type;
  if (of === undefined) return ANY_KIND;
  return [of].flat().reduce((bits, each) => bits | kindsOfType(each), 0);
}
