import { PortcullisError } from '../../../errors.ts';
import { type ByteString, textOf } from '../body/byte-text.ts';
import { percentDecodeBytes } from './percent-decode.ts';

/** Go's limit (`defaultMaxParams` of net/url). */
const MAX_PARAMETERS = 10_000;

/**
 * A query or a form as Go's `url.ParseQuery` reads it: pieces between `&`, empty ones skipped; `+` is a space; a name
 * may come without `=`. Names and values that are not UTF-8 hold U+FFFD. `place` goes into messages. Null prototype.
 * Throws `invalid_request` for a semicolon, a malformed escape, more than 10,000 pieces.
 */
export function parseQuery(query: ByteString, place: string): Record<string, string[]> {
  const values = Object.create(null) as Record<string, string[]>;
  if (query === '') return values;
  const pieces = query.split('&', MAX_PARAMETERS + 1);
  if (pieces.length > MAX_PARAMETERS) {
    throw new PortcullisError('invalid_request', `The ${place} has more than ${MAX_PARAMETERS} parameters`);
  }
  for (const [index, piece] of pieces.entries()) {
    if (piece === '') continue;
    if (piece.includes(';'))
      throw invalid(place, index, 'holds a semicolon: separate by `&`, escape as `%3B`');
    const equals = piece.indexOf('=');
    const name = decode(equals < 0 ? piece : piece.slice(0, equals));
    const value = equals < 0 ? '' : decode(piece.slice(equals + 1));
    if (name === undefined || value === undefined) {
      throw invalid(place, index, 'holds a `%` that two hexadecimal digits do not follow');
    }
    const list = values[name];
    if (list === undefined) values[name] = [value];
    else list.push(value);
  }
  return values;
}

function decode(component: ByteString): string | undefined {
  const decoded = percentDecodeBytes(component.includes('+') ? component.replaceAll('+', ' ') : component);
  return decoded === undefined ? undefined : textOf(decoded);
}

function invalid(place: string, index: number, problem: string): PortcullisError {
  return new PortcullisError('invalid_request', `Parameter ${index + 1} of the ${place} ${problem}`);
}
