import { isUtf8 } from 'node:buffer';
import { utf8Text } from './utf8-text.ts';

/** Percent-encoding of Go's net/url (RFC 3986 with Go's leniency), on UTF-8 bytes. */

/** Where a text stands in a URL; each place lets other characters through. */
export type UrlPart = 'path' | 'host' | 'zone' | 'userinfo' | 'query' | 'fragment';

/** Characters beside letters, digits and `-._~` that a part shows as they are (net/url/encoding_table.go). */
const LITERAL: Readonly<Record<UrlPart, string>> = {
  path: '$&+,/:;=@',
  host: '!"$&\'()*+,:;<=>[]',
  zone: '!"$&\'()*+,:;<=>[]',
  userinfo: '$&+,;=',
  query: '',
  fragment: '!$&()*+,/:;=?@',
};

/** A text that net/url refuses. */
export class UrlError extends Error {
  override readonly name = 'UrlError';
}

/** Escapes what the part does not show as it is; a space in a query becomes `+`. */
export function escapeUrl(text: string | Uint8Array, part: UrlPart): string {
  let out = '';
  for (const byte of typeof text === 'string' ? Buffer.from(text, 'utf8') : text) {
    if (isLiteral(byte, part)) out += String.fromCharCode(byte);
    else if (byte === 0x20 && part === 'query') out += '+';
    else out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** Decodes `%xx`, and `+` to a space in queries. Throws UrlError for a bad escape, BuiltinError as `utf8Text` does. */
export function unescapeUrl(text: string, part: UrlPart): string {
  return utf8Text(unescapeUrlBytes(text, part));
}

/** As `unescapeUrl`, with the bytes as they are. */
export function unescapeUrlBytes(text: string, part: UrlPart): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const out = Buffer.alloc(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x25) {
      out[length++] = escapedByte(bytes, i, part);
      i += 2;
    } else if (byte === 0x2b && part === 'query') {
      out[length++] = 0x20;
    } else {
      if ((part === 'host' || part === 'zone') && byte < 0x80 && !isLiteral(byte, part)) {
        throw new UrlError(`invalid character ${JSON.stringify(String.fromCharCode(byte))} in host name`);
      }
      out[length++] = byte;
    }
  }
  return out.subarray(0, length);
}

/** The byte of the escape at `at`. In a host only bytes beyond ASCII may be escaped, in a zone also spaces and literals. */
function escapedByte(bytes: Buffer, at: number, part: UrlPart): number {
  const escape = bytes.toString('latin1', at, at + 3);
  const value = /^%[0-9a-fA-F]{2}$/.test(escape) ? Number.parseInt(escape.slice(1), 16) : -1;
  const percent = escape === '%25';
  const forbidden =
    value < 0 ||
    (part === 'host' && value < 0x80 && !percent) ||
    (part === 'zone' && !percent && value !== 0x20 && !isLiteral(value, 'host'));
  if (forbidden) throw new UrlError(`invalid URL escape ${quotedBytes(bytes.subarray(at, at + 3))}`);
  return value;
}

/** Three bytes may end within a character. */
function quotedBytes(bytes: Buffer): string {
  let end = bytes.length;
  while (!isUtf8(bytes.subarray(0, end))) end--;
  const cut = Array.from(bytes.subarray(end), (byte) => `\\x${byte.toString(16)}`);
  return `${JSON.stringify(bytes.toString('utf8', 0, end)).slice(0, -1)}${cut.join('')}"`;
}

function isLiteral(byte: number, part: UrlPart): boolean {
  if (byte >= 0x80) return false;
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9\-._~]/.test(character) || LITERAL[part].includes(character);
}
