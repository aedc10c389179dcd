import { PortcullisError } from '../../../errors.ts';
import { byteString } from '../body/byte-text.ts';
import { percentDecode } from './percent-decode.ts';
import { parseQuery } from './query.ts';

/**
 * `input.parsed_path` as opa-envoy-plugin makes it (envoyauth/request.go): the path up to the first `?` is decoded as a
 * whole, loses all leading slashes and is then split, so that an encoded slash separates and `//` vanishes in front but
 * not inside. `PathFacts` says more, and is what new policies should read.
 * Throws `invalid_request` for a malformed escape.
 */
export function parsedPath(path: string): string[] {
  const mark = path.indexOf('?');
  const decoded = percentDecode(mark < 0 ? path : path.slice(0, mark));
  if (decoded === undefined)
    throw new PortcullisError(
      'invalid_request',
      'The path holds a `%` that two hexadecimal digits do not follow',
    );
  let start = 0;
  while (decoded.charCodeAt(start) === 0x2f) start++;
  return decoded.slice(start).split('/');
}

/** `input.parsed_query` as opa-envoy-plugin makes it: see {@link parseQuery}. Null prototype. Throws `invalid_request`. */
export function parsedQuery(rawQuery: string): Record<string, string[]> {
  return parseQuery(byteString(rawQuery), 'query');
}
