import { isJsonObject, type JsonValue } from '../../../json/value.ts';
import { at, invalid } from './obligations-error.ts';

/*
 * Envoy 1.40 writes query parameters into `:path` as they are: `&` starts another parameter, `#` a fragment, `;` either of two things, and a
 * space or a byte beyond ASCII makes a request that servers refuse. What RFC 3986, 3.4 lets stand in a query passes, and `[` and `]` too.
 */
const PLAIN = /^(?:[A-Za-z0-9\-._~!$'()*+,=:@/?[\]]|%[0-9A-Fa-f]{2})*$/;
const HOW = 'can stand in a query: percent-encode it';

/** Reads `query_parameters_to_set`: names with strings or lists of strings. Of a list, Envoy keeps the last. */
export function readQueryToSet(value: JsonValue | undefined): [name: string, value: string][] {
  if (value === undefined) return [];
  const place = 'query_parameters_to_set';
  if (!isJsonObject(value))
    throw invalid(place, 'is not an object: map names to strings or lists of strings');
  return Object.entries(value).flatMap(([name, given]) => {
    const here = at(place, name);
    if (name === '' || name.includes('=') || !PLAIN.test(name)) throw invalid(here, `is no name that ${HOW}`);
    if (!Array.isArray(given)) return [[name, text(given, here)] as [string, string]];
    return given.map((item, index): [string, string] => [name, text(item, at(here, index))]);
  });
}

function text(value: JsonValue, place: string): string {
  if (typeof value !== 'string') throw invalid(place, 'is not a string');
  if (!PLAIN.test(value)) throw invalid(place, `is no value that ${HOW}`);
  return value;
}
