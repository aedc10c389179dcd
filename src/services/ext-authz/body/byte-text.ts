import { Buffer, isUtf8 } from 'node:buffer';

/**
 * Bytes held in a string of one character each (Latin-1): what the readers of Go's rules work on, since Go's strings
 * are bytes. Searching and slicing them is as fast as with any string.
 */
export type ByteString = string;

const NON_ASCII = /[^\u0000-\u007f]/; // oxlint-disable-line no-control-regex

/** The bytes of `source`, of text in UTF-8. */
export function byteString(source: string | Uint8Array): ByteString {
  if (typeof source === 'string') {
    return NON_ASCII.test(source) ? Buffer.from(source, 'utf8').toString('latin1') : source;
  }
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('latin1');
}

/**
 * The text that Go's JSON encoder makes of bytes: UTF-8, with U+FFFD for each byte that is none. (The WHATWG decoder,
 * and so Node's, writes one U+FFFD for a whole truncated sequence.)
 */
export function textOf(bytes: ByteString): string {
  if (!NON_ASCII.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let out = '';
  let start = 0;
  let at = 0;
  while (at < buffer.length) {
    const length = sequenceLength(buffer, at);
    if (length > 0) {
      at += length;
      continue;
    }
    out += `${buffer.toString('utf8', start, at)}\ufffd`;
    start = ++at;
  }
  return out + buffer.toString('utf8', start);
}

/** The length of the character that starts at `at`, 0 where none does. RFC 3629 section 4. */
export function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  const from = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const to = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < from || second > to) return 0;
  if (first < 0xe0) return 2;
  if (!isContinuation(bytes[at + 2])) return 0;
  if (first < 0xf0) return 3;
  return isContinuation(bytes[at + 3]) ? 4 : 0;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
