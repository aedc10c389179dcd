/** Huffman encoding (RFC 7541, 5.2). */
import { CODE_BITS, CODES } from './huffman-code.ts';

/** The bytes that a latin1 text takes when encoded. */
export function huffmanEncodedBytes(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += CODE_BITS[text.charCodeAt(i) & 0xff]!;
  return (bits + 7) >>> 3;
}

/** Writes a latin1 text at `at`; gives its end. */
export function huffmanEncode(text: string, out: Uint8Array, at: number): number {
  /** Its lower `count` bits are yet to be written; always fewer than eight between symbols. */
  let held = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    const code = CODES[symbol]!;
    // In two parts, since seven bits and thirty do not fit an integer of 32.
    for (let left = CODE_BITS[symbol]!; left > 0; ) {
      const bits = Math.min(left, 16);
      left -= bits;
      held = ((held & 0xff) << bits) | ((code >>> left) & ((1 << bits) - 1));
      count += bits;
      for (; count >= 8; at++) {
        count -= 8;
        out[at] = held >>> count;
      }
    }
  }
  // The padding is the beginning of EOS: ones.
  if (count > 0) out[at++] = (held << (8 - count)) | (0xff >>> count);
  return at;
}
