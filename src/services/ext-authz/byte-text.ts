import { Buffer, isUtf8 } from 'node:buffer';

/**
 * Bytes as the text that Go's JSON encoder makes of them: UTF-8, with U+FFFD for each byte that is none. (The WHATWG
 * decoder, and so Node's, writes one U+FFFD for a whole truncated sequence.)
 */
export function textOfBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

/** A string of one character per byte, as the same text. */
export function textOfLatin1(bytes: string): string {
  return NON_ASCII.test(bytes) ? textOfBytes(Buffer.from(bytes, 'latin1')) : bytes;
}

const NON_ASCII = /[\u0080-\u00ff]/;

/** The length of the character that starts at `at`, 0 where none does. RFC 3629 section 4. */
function sequenceLength(bytes: Uint8Array, at: number): number {
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
