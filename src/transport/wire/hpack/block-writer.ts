/** The primitive types of RFC 7541, 5, written: integers and texts. */
import { huffmanEncode, huffmanEncodedBytes } from './huffman-encoder.ts';

/** First byte and four more, with which the reader ends as well. */
const MAX_INTEGER_BYTES = 5;

/** The most that a field takes as a literal: its first byte or index, and two texts with their lengths. */
export function maxLiteralBytes(name: string, value: string): number {
  return name.length + value.length + 3 * MAX_INTEGER_BYTES;
}

/** Writes an integer whose first byte also has the bits of `pattern`, above those of `prefix` (5.1); gives its end. */
export function writeInteger(
  out: Uint8Array,
  at: number,
  pattern: number,
  prefix: number,
  value: number,
): number {
  if (value < prefix) {
    out[at++] = pattern | value;
    return at;
  }
  out[at++] = pattern | prefix;
  let rest = value - prefix;
  for (; rest >= 0x80; rest >>>= 7) out[at++] = 0x80 | (rest & 0x7f);
  out[at++] = rest;
  return at;
}

/** Writes a latin1 text (5.2), Huffman-coded where that is shorter; gives its end. */
export function writeText(out: Uint8Array, at: number, text: string): number {
  const encodedBytes = huffmanEncodedBytes(text);
  if (encodedBytes < text.length) {
    return huffmanEncode(text, out, writeInteger(out, at, 0x80, 0x7f, encodedBytes));
  }
  at = writeInteger(out, at, 0, 0x7f, text.length);
  for (let i = 0; i < text.length; i++) out[at++] = text.charCodeAt(i);
  return at;
}
