/** The primitive types of RFC 7541, 5, read off a header block: integers and texts. */
import { Buffer } from 'node:buffer';
import { HpackError } from './hpack-error.ts';
import { huffmanDecode, maxHuffmanDecodedBytes } from './huffman-decoder.ts';
import { keepText, knownText } from './known-texts.ts';
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
  #textStart = 0;

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
    const huffman = this.#textBegins();
    return this.#decoded(huffman);
  }

  /** The same of one that is likely to come again. */
  knownText(): string {
    const huffman = this.#textBegins();
    const known = knownText(this.#bytes, this.#textStart, this.at, huffman);
    if (known !== undefined) return known;
    const text = this.#decoded(huffman);
    keepText(this.#bytes, this.#textStart, this.at, huffman, text);
    return text;
  }

  /** Reads the length of a text and passes over its bytes; gives whether they are Huffman-coded. */
  #textBegins(): boolean {
    const first = this.byte();
    const length = this.integer(first, 0x7f);
    this.#textStart = this.at;
    this.at += length;
    if (this.at > this.end) throw new HpackError('a text is cut off');
    return first >= 0x80;
  }

  #decoded(huffman: boolean): string {
    if (!huffman) return this.#bytes.latin1Slice(this.#textStart, this.at);
    const room = maxHuffmanDecodedBytes(this.at - this.#textStart);
    const out = room <= scratch.length ? scratch : (Buffer.allocUnsafeSlow(room) as Latin1Buffer);
    return out.latin1Slice(0, huffmanDecode(this.#bytes, this.#textStart, this.at, out));
  }
}
