import { compareStrings, sortedElements, sortedEntries } from '../builtins/compare.ts';
import { encodeRego } from '../codec.ts';
import type { RegoObject, RegoValue } from '../value.ts';

/**
 * A value as JSON as OPA writes it: keys sorted, sets as sorted arrays, numbers by their text, keys that are no strings by their
 * JSON (`ValueToInterface` in v1/ast/term.go).
 */
export function jsonText(value: RegoValue): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof Set) return `[${sortedElements(value).map(jsonText).join(',')}]`;
  if (value instanceof Map) return objectText(value);
  return encodeRego(value);
}

function objectText(object: RegoObject): string {
  let members = sortedEntries(object).map(([key, value]): [string, RegoValue] => [
    typeof key === 'string' ? key : jsonText(key),
    value,
  ]);
  // Sorted as values, the number 10 is before the string "1"; as strings it is not. And 1 and "1" are one key then: the last one counts.
  if (members.some((_, i) => i > 0 && compareStrings(members[i - 1]![0], members[i]![0]) >= 0)) {
    members = [...new Map(members)].sort(([a], [b]) => compareStrings(a, b));
  }
  return `{${members.map(([key, member]) => `${encodeRego(key)}:${jsonText(member)}`).join(',')}}`;
}
