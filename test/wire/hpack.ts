/**
 * HPACK for tests (RFC 7541). The encoder knows one form, literals without indexing and without Huffman, unless a test asks for
 * another by name; the decoder knows all of it, since servers may answer in any form.
 */
import { decodeHuffman, encodeHuffman } from './hpack-huffman.ts';
import { STATIC_TABLE } from './hpack-static.ts';

export type Field = readonly [name: string, value: string];

/** An integer with a prefix of so many bits; `pattern` is what stands before them (RFC 7541, 5.1). */
function integer(value: number, prefixBits: number, pattern = 0): Buffer {
  const most = 2 ** prefixBits - 1;
  if (value < most) return Buffer.from([pattern | value]);
  const bytes = [pattern | most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** Text is taken as Latin-1: one character, one byte. */
function text(value: string, huffman = false): Buffer {
  const plain = Buffer.from(value, 'latin1');
  const bytes = huffman ? encodeHuffman(plain) : plain;
  return Buffer.concat([integer(bytes.length, 7, huffman ? 0x80 : 0), bytes]);
}

export type Indexing = 'without' | 'incremental' | 'never';
const PATTERN: Readonly<Record<Indexing, readonly [pattern: number, prefixBits: number]>> = {
  without: [0x00, 4],
  incremental: [0x40, 6],
  never: [0x10, 4],
};

/** A literal field; its name a text, or an index into the tables. */
export function literal(
  name: string | number,
  value: string,
  indexing: Indexing = 'without',
  huffman = false,
): Buffer {
  const [pattern, prefixBits] = PATTERN[indexing];
  return typeof name === 'number'
    ? Buffer.concat([integer(name, prefixBits, pattern), text(value, huffman)])
    : Buffer.concat([Buffer.from([pattern]), text(name, huffman), text(value, huffman)]);
}

export const indexed = (index: number): Buffer => integer(index, 7, 0x80);
export const tableSize = (bytes: number): Buffer => integer(bytes, 5, 0x20);

export function encodeBlock(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(([name, value]) => literal(name, value)));
}

/** Decodes the header blocks of one connection in their order. Throws on whatever a decoder must not take. */
export class HpackDecoder {
  readonly #table: Field[] = [];
  /** What SETTINGS_HEADER_TABLE_SIZE allows, and what the encoder has chosen below it. */
  maxTableBytes: number = 4096;
  #tableBytes = 4096;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  /** What the table holds now, counted as RFC 7541, 4.1 does. */
  get heldBytes(): number {
    return this.#table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
  }

  decode(block: Buffer): Field[] {
    this.#bytes = block;
    this.#at = 0;
    const fields: Field[] = [];
    while (this.#at < block.length) {
      const first = block[this.#at]!;
      if (first >= 0x80) fields.push(this.#entry(this.#integer(7)));
      else if (first >= 0x40) {
        const field = this.#literal(6);
        fields.push(field);
        this.#table.unshift(field);
        this.#evict();
      } else if (first >= 0x20) {
        if (fields.length > 0) throw new Error('a size update after a field');
        this.#tableBytes = this.#integer(5);
        if (this.#tableBytes > this.maxTableBytes)
          throw new Error(`a table of ${this.#tableBytes} of ${this.maxTableBytes} bytes`);
        this.#evict();
      } else fields.push(this.#literal(4));
    }
    if (this.#tableBytes > this.maxTableBytes) throw new Error('the encoder missed to shrink its table');
    return fields;
  }

  #literal(prefixBits: number): Field {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#text() : this.#entry(index)[0];
    return [name, this.#text()];
  }

  #entry(index: number): Field {
    const field = STATIC_TABLE[index - 1] ?? this.#table[index - 1 - STATIC_TABLE.length];
    if (field === undefined) throw new Error(`index ${index}`);
    return field;
  }

  #evict(): void {
    while (this.heldBytes > this.#tableBytes) this.#table.pop();
  }

  #text(): string {
    const huffman = this.#bytes[this.#at]! >= 0x80;
    const length = this.#integer(7);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new Error('a string beyond its block');
    this.#at += length;
    return (huffman ? decodeHuffman(bytes) : bytes).toString('latin1');
  }

  #integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    let value = this.#bytes[this.#at++]! & most;
    if (value < most) return value;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('an integer beyond its block');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}
