import { PortcullisError } from '../../errors.ts';
import { percentDecode } from './percent-decode.ts';

/** Go's limit (`defaultMaxParams` of net/url). */
const MAX_PARAMETERS = 10_000;

/**
 * A query or a form as Go's `url.ParseQuery` reads it: pieces between `&`, empty ones skipped; `+` is a space; a name
 * may come without `=`. Names and values that are not UTF-8 hold U+FFFD. `place` goes into messages.
 * Throws `invalid_request` for a semicolon, a malformed escape, more than 10,000 pieces.
 */
export function parseQuery(query: string, place: string): Record<string, string[]> {
  const values = Object.create(null) as Record<string, string[]>;
  if (query === '') return values;
  const pieces = query.split('&', MAX_PARAMETERS + 1);
  if (pieces.length > MAX_PARAMETERS)
    throw new PortcullisError('invalid_request', `the ${place} has more than ${MAX_PARAMETERS} parameters`);
  for (const [index, piece] of pieces.entries()) {
    if (piece === '') continue;
    if (piece.includes(';'))
      throw new PortcullisError(
        'invalid_request',
        `parameter ${index + 1} of the ${place} holds a semicolon: separate parameters by \`&\`, escape it as \`%3B\``,
      );
    const equals = piece.indexOf('=');
    const name = component(equals < 0 ? piece : piece.slice(0, equals), index, place);
    const value = equals < 0 ? '' : component(piece.slice(equals + 1), index, place);
    const list = values[name];
    if (list === undefined) values[name] = [value];
    else list.push(value);
  }
  return values;
}

function component(text: string, index: number, place: string): string {
  const decoded = percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text);
  if (decoded === undefined)
    throw new PortcullisError(
      'invalid_request',
      `parameter ${index + 1} of the ${place} holds a \`%\` that two hexadecimal digits do not follow`,
    );
  return decoded;
}
