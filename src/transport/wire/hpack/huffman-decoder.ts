/** Huffman decoding (RFC 7541, 5.2): twelve bits at a time, which are two of the symbols that ids and numbers consist of. */

import { HpackError } from './hpack-error.ts';
import {
  CODE_BITS,
  CODES,
  EOS,
  FIRST_CODE,
  FIRST_SYMBOL,
  LAST_CODE,
  MAX_CODE_BITS,
  SYMBOLS,
} from './huffman-code.ts';

const PEEK_BITS = 12;
const PEEK_MASK = (1 << PEEK_BITS) - 1;
/** Padding is shorter than a byte. */
const MAX_PADDING_BITS = 7;

/**
 * What the next twelve bits begin with: a symbol (bits 0–7), another one if it fits wholly (8–15), the bits of the first (16–19)
 * and of all (20–23), and how many there are (24–25). Zero where the first code is longer than twelve bits.
 */
const TABLE: Int32Array = new Int32Array(1 << PEEK_BITS);

for (const [first, code] of CODES.entries()) {
  const bits = CODE_BITS[first]!;
  if (bits > PEEK_BITS) continue;
  const rest = PEEK_BITS - bits;
  TABLE.fill((1 << 24) | (bits << 20) | (bits << 16) | first, code << rest, (code + 1) << rest);
}
for (const [at, entry] of TABLE.slice().entries()) {
  const bits = (entry >> 16) & 0xf;
  const next = TABLE[(at << bits) & PEEK_MASK]!;
  const nextBits = (next >> 16) & 0xf;
  if (entry === 0 || next === 0 || bits + nextBits > PEEK_BITS) continue;
  TABLE[at] = (2 << 24) | ((bits + nextBits) << 20) | (bits << 16) | ((next & 0xff) << 8) | (entry & 0xff);
}

/** The most bytes that so many may decode to, and one: pairs are written whole. */
export function maxHuffmanDecodedBytes(bytes: number): number {
  return ((bytes * 8) / 5 + 2) >>> 0;
}

/**
 * Decodes `bytes` from `start` to `end` into `out` from 0, which has room for `maxHuffmanDecodedBytes`; gives the length.
 * Throws HpackError: padding that is longer than seven bits or not all ones, EOS within the text.
 */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let at = start;
  let length = 0;
  /** Its lower `count` bits are yet to be decoded. */
  let held = 0;
  let count = 0;
  for (;;) {
    if (count < PEEK_BITS) {
      if (at + 1 < end) {
        held = (held << 16) | (bytes[at]! << 8) | bytes[at + 1]!;
        at += 2;
        count += 16;
      } else if (at < end) {
        held = (held << 8) | bytes[at++]!;
        count += 8;
        if (count < PEEK_BITS) break;
      } else break;
    }
    const entry = TABLE[(held >>> (count - PEEK_BITS)) & PEEK_MASK]!;
    if (entry !== 0) {
      out[length] = entry & 0xff;
      out[length + 1] = (entry >> 8) & 0xff;
      length += entry >> 24;
      count -= (entry >> 20) & 0xf;
      continue;
    }
    // A code of thirteen bits or more: bit by bit, since no client sends many of these.
    count -= PEEK_BITS;
    let code = (held >>> count) & PEEK_MASK;
    let bits = PEEK_BITS;
    do {
      if (count === 0) {
        if (at === end) {
          if (code === 2 ** bits - 1) throw new HpackError('Huffman padding is longer than seven bits');
          throw new HpackError('a Huffman code is cut off');
        }
        held = bytes[at++]!;
        count = 8;
      }
      count--;
      code = code * 2 + ((held >>> count) & 1);
      bits++;
    } while (code >= LAST_CODE[bits]! && bits < MAX_CODE_BITS);
    const symbol = SYMBOLS[FIRST_SYMBOL[bits]! + code - FIRST_CODE[bits]!]!;
    if (symbol === EOS) throw new HpackError('EOS within a Huffman text');
    out[length++] = symbol;
  }
  // Fewer than twelve bits are left: as if ones followed them, taking only what lies within them.
  for (;;) {
    const rest = PEEK_BITS - count;
    const entry = TABLE[((held << rest) | ((1 << rest) - 1)) & PEEK_MASK]!;
    const bits = (entry >> 16) & 0xf;
    if (entry === 0 || bits > count) break;
    out[length++] = entry & 0xff;
    count -= bits;
  }
  const padding = (1 << count) - 1;
  if (count > MAX_PADDING_BITS) throw new HpackError('Huffman padding is longer than seven bits');
  if ((held & padding) !== padding) throw new HpackError('Huffman padding is not all ones');
  return length;
}
