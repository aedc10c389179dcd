import { decodeBase64 } from '../go-base64.ts';

const PARTS = /^=\?(?<charset>[^?]+)\?(?<encoding>[^?])\?(?<text>[^?]*)\?=$/u;
const KNOWN_CHARSET = /^(?:utf-8|iso-8859-1|us-ascii)$/iu;
/** What the encoding `q` may consist of; `=` begins a byte in hexadecimal. */
const QUOTED_TEXT = /^(?:[\t\n\r -<>-~]|=[0-9a-fA-F]{2})*$/;

/**
 * The number of bytes in a word such as `=?utf-8?q?caf=C3=A9?=` (RFC 2047), as Go's mime.WordDecoder reads it; undefined where the
 * text is no such word, and it stands for itself.
 */
export function takeEncodedWord(word: string): number | 'unknown charset' | undefined {
  const { charset, encoding, text } = PARTS.exec(word)?.groups ?? {};
  if (charset === undefined || encoding === undefined || text === undefined) return undefined;
  const length = decodedLength(encoding.toLowerCase(), text);
  if (length === undefined) return undefined;
  return KNOWN_CHARSET.test(charset) ? length : 'unknown charset';
}

function decodedLength(encoding: string, text: string): number | undefined {
  if (encoding === 'b') return decodeBase64(text)?.length;
  if (encoding !== 'q' || !QUOTED_TEXT.test(text)) return undefined;
  return text.replace(/=../g, ' ').length;
}
