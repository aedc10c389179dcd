import { ExactNumber, type RegoNumber, type RegoValue } from '../value.ts';
import { compareStrings, sortedElements, sortedEntries } from './compare.ts';
import { numberText } from './numbers.ts';

/** A value that JSON can hold. */
export type JsonShape = null | boolean | string | RegoNumber | JsonShape[] | Map<string, JsonShape>;

/** The value as OPA hands it to Go's JSON encoder: sets become sorted arrays, keys that are no strings their JSON text. */
export function jsonShape(value: RegoValue): JsonShape {
  if (Array.isArray(value)) return value.map(jsonShape);
  if (value instanceof Set) return sortedElements(value).map(jsonShape);
  if (!(value instanceof Map)) return value;
  return new Map(
    sortedEntries(value).map(([key, member]) => [
      typeof key === 'string' ? key : goJson(jsonShape(key)),
      jsonShape(member),
    ]),
  );
}

/** The text that Go's `json.Marshal` gives: keys sorted by their bytes, what HTML would read as markup escaped. */
export function goJson(value: JsonShape): string {
  if (typeof value === 'string') return goJsonString(value);
  if (typeof value === 'number' || value instanceof ExactNumber) return numberText(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join()}]`;
  return `{${sortedMembers(value)
    .map(([key, member]) => `${goJsonString(key)}:${goJson(member)}`)
    .join()}}`;
}

/** The object's members by the bytes of their keys, as Go's encoder writes them. */
export function sortedMembers(object: ReadonlyMap<string, JsonShape>): [string, JsonShape][] {
  return [...object].sort(([left], [right]) => compareStrings(left, right));
}

export function goJsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
