/**
 * An HPACK decoder as one would write it down from RFC 7541, for the tests and benchmarks of the real one: arrays of fields, Huffman
 * bit by bit, nothing remembered. Throws Error with the kind of mistake.
 */
import { CODE_BITS, CODES, EOS } from '../src/transport/wire/hpack/huffman-code.ts';
import { STATIC_NAMES, STATIC_VALUES } from '../src/transport/wire/hpack/static-table.ts';

export type Field = readonly [name: string, value: string];

const SYMBOLS = new Map([...CODES].map((code, symbol) => [bitText(code, CODE_BITS[symbol]!), symbol]));
const STATIC: readonly Field[] = STATIC_NAMES.map((name, index) => [name, STATIC_VALUES[index]!]);

export class NaiveDecoder {
  table: Field[] = [];
  readonly #settingBytes: number;
  #maxBytes: number;
  #rest: number[] = [];

  constructor(maxTableBytes: number) {
    this.#settingBytes = maxTableBytes;
    this.#maxBytes = maxTableBytes;
  }

  decode(block: Uint8Array): Field[] {
    this.#rest = [...block];
    const fields: Field[] = [];
    let updates = 0;
    while (this.#rest.length > 0) {
      const [first = 0] = this.#rest;
      if (first & 0x80) fields.push(this.#entry(this.#integer(7)));
      else if (first & 0x40) {
        const field = this.#literal(6);
        fields.push(field);
        this.table.unshift(field);
        this.#evict();
      } else if (first & 0x20) {
        if (fields.length > 0 || ++updates > 2) throw new Error('table size update');
        this.#maxBytes = this.#integer(5);
        if (this.#maxBytes > this.#settingBytes) throw new Error('table size');
        this.#evict();
      } else fields.push(this.#literal(4));
    }
    return fields;
  }

  #literal(prefixBits: number): Field {
    const index = this.#integer(prefixBits);
    const name = index === 0 ? this.#text() : this.#entry(index)[0];
    return [name, this.#text()];
  }

  #entry(index: number): Field {
    const field = index < STATIC.length ? STATIC[index] : this.table[index - STATIC.length];
    if (index === 0 || field === undefined) throw new Error('index');
    return field;
  }

  #evict(): void {
    const bytes = (): number =>
      this.table.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
    while (bytes() > this.#maxBytes) this.table.pop();
  }

  #byte(): number {
    const byte = this.#rest.shift();
    if (byte === undefined) throw new Error('cut off');
    return byte;
  }

  #integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1;
    const value = this.#byte() & most;
    if (value < most) return value;
    let more = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.#byte();
      more += (byte & 0x7f) * 128 ** i;
      if (byte < 128) return most + more;
    }
    throw new Error('integer');
  }

  #text(): string {
    const huffman = (this.#rest[0] ?? 0) >= 0x80;
    const length = this.#integer(7);
    if (length > this.#rest.length) throw new Error('cut off');
    const bytes = this.#rest.splice(0, length);
    return String.fromCharCode(...(huffman ? naiveHuffman(bytes) : bytes));
  }
}

export function naiveHuffman(bytes: readonly number[]): number[] {
  const symbols: number[] = [];
  let bits = '';
  for (const byte of bytes) {
    for (const bit of bitText(byte, 8)) {
      bits += bit;
      const symbol = SYMBOLS.get(bits);
      if (symbol === EOS) throw new Error('EOS');
      if (symbol === undefined) continue;
      symbols.push(symbol);
      bits = '';
    }
  }
  if (!/^1{0,7}$/.test(bits)) throw new Error('padding');
  return symbols;
}

function bitText(value: number, bits: number): string {
  return value.toString(2).padStart(bits, '0');
}
