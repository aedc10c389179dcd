/** The primitive types of RFC 7541, 5, read off a header block: integers and texts. */
import { Buffer } from 'node:buffer';
import { HpackError } from './hpack-error.ts';
import { huffmanDecode, maxHuffmanDecodedBytes } from './huffman-decoder.ts';
import type { Latin1Buffer } from './latin1-buffer.ts';

/** Continuation bytes of an integer, seven bits each: up to 2^28, far above any table and any block. */
const MAX_INTEGER_BITS = 28;

/** Where Huffman texts are decoded, one after the other, by all connections of this thread. */
const scratch = Buffer.allocUnsafeSlow(16 * 1024) as Latin1Buffer;

const NOTHING = Buffer.alloc(0) as Latin1Buffer;

export class BlockReader {
  at = 0;
  end = 0;
  #bytes: Latin1Buffer = NOTHING;

  begin(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes as Latin1Buffer;
    this.at = start;
    this.end = end;
  }

  /** The next byte, which stays; 0xff at the end, which as a field would be an index. */
  peek(): number {
    return this.at < this.end ? this.#bytes[this.at]! : 0xff;
  }

  byte(): number {
    if (this.at >= this.end) throw new HpackError('a header block is cut off');
    return this.#bytes[this.at++]!;
  }

  /** An integer whose first byte was `first`, of which it has the bits of `prefix` (5.1). */
  integer(first: number, prefix: number): number {
    let value = first & prefix;
    if (value < prefix) return value;
    for (let shift = 0; shift < MAX_INTEGER_BITS; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new HpackError('an integer is too long');
  }

  /** A string literal (5.2). */
  text(): string {
    const first = this.byte();
    const length = this.integer(first, 0x7f);
    const start = this.at;
    const end = start + length;
    if (end > this.end) throw new HpackError('a text is cut off');
    this.at = end;
    if (first < 0x80) return this.#bytes.latin1Slice(start, end);
    const room = maxHuffmanDecodedBytes(length);
    const out = room <= scratch.length ? scratch : (Buffer.allocUnsafeSlow(room) as Latin1Buffer);
    return out.latin1Slice(0, huffmanDecode(this.#bytes, start, end, out));
  }
}
