/**
 * The HPACK decoder of one connection (RFC 7541; RFC 9113, 4.3).
 *
 * Its work and memory are linear in the bytes of a block, whatever they say: a reference of one byte to an entry of 4 KB costs
 * as much as any other, since names and values are strings that were made once, and of a list beyond the limit nothing is kept.
 * The connection bounds the bytes of a block.
 */
import type { Buffer } from 'node:buffer';
import { BlockReader } from './block-reader.ts';
import { DynamicTable } from './dynamic-table.ts';
import { HeaderBlock } from './header-block.ts';
import { HpackError } from './hpack-error.ts';
import { KnownBlocks } from './known-blocks.ts';
import { FIELD_OVERHEAD_BYTES, FIRST_DYNAMIC_INDEX, STATIC_NAMES, STATIC_VALUES } from './static-table.ts';

/** The first of the entries for `:path`, which clients name where they do not insert it. */
const PATH_INDEX = 4;

/** Before it are the pseudo-headers. */
const FIRST_STATIC_FIELD = 15;

/** An encoder whose table shrank and grew between two blocks owes two (RFC 7541, 4.2). */
const MAX_SIZE_UPDATES = 2;

export interface HpackDecoderOptions {
  /** The SETTINGS_HEADER_TABLE_SIZE that the client knows: 4096 until it has acknowledged another. */
  readonly maxTableBytes: number;
  /** Largest header list, counted as RFC 9113, 6.5.2 does. */
  readonly maxListBytes: number;
  /**
   * Whether a field, or a pseudo-header, may be there at all, whatever stands around it; without it all may. Asked once for each
   * literal and remembered with the entry that it becomes: looking at every character of the same ten values again costs as much
   * as decoding.
   */
  readonly isField?: (name: string, value: string) => boolean;
}

export class HpackDecoder {
  readonly #maxListBytes: number;
  readonly #isField: (name: string, value: string) => boolean;
  readonly #table: DynamicTable;
  readonly #known = new KnownBlocks();
  readonly #reader = new BlockReader();
  #maxTableBytes: number;
  /** The next block must begin by setting the table's size to at most this. */
  #owedBytes = Number.POSITIVE_INFINITY;

  constructor(options: HpackDecoderOptions) {
    this.#maxTableBytes = options.maxTableBytes;
    this.#maxListBytes = options.maxListBytes;
    this.#isField = options.isField ?? anyField;
    this.#table = new DynamicTable(options.maxTableBytes);
  }

  /** The client has acknowledged our SETTINGS with this SETTINGS_HEADER_TABLE_SIZE. */
  setMaxTableBytes(bytes: number): void {
    this.#maxTableBytes = bytes;
    if (bytes >= this.#table.maxBytes) return;
    this.#owedBytes = Math.min(this.#owedBytes, bytes);
    // What was known began without the update that is owed now.
    this.#known.clear();
  }

  /**
   * Decodes a whole block, of HEADERS and its CONTINUATIONs, from `start` to `end`. The same bytes give the same object as long
   * as they mean the same. Throws HpackError, after which the decoder is of no use.
   */
  decode(bytes: Buffer, start: number, end: number): HeaderBlock {
    const known = this.#known.find(bytes, start, end);
    if (known !== undefined) return known;
    const generation = this.#table.generation;
    const block = new HeaderBlock();
    this.#reader.begin(bytes, start, end);
    this.#sizeUpdates();
    this.#fields(block);
    // A block that changes the table means something else the next time; whatever was known does, too.
    if (this.#table.generation !== generation) this.#known.clear();
    else if (!block.oversized) this.#known.keep(bytes, start, end, block);
    return block;
  }

  /** Dynamic table size updates, 001 and the size (6.3), stand only before the fields. */
  #sizeUpdates(): void {
    const reader = this.#reader;
    for (let updates = 0; (reader.peek() & 0xe0) === 0x20; ) {
      if (++updates > MAX_SIZE_UPDATES) throw new HpackError('more than two table size updates in a block');
      const bytes = reader.integer(reader.byte(), 0x1f);
      if (bytes > this.#maxTableBytes) throw new HpackError('a table size update above the setting');
      if (bytes <= this.#owedBytes) this.#owedBytes = Number.POSITIVE_INFINITY;
      else throw new HpackError('a table size update above the reduced setting');
      this.#table.resize(bytes);
    }
    if (this.#owedBytes !== Number.POSITIVE_INFINITY) {
      throw new HpackError('no table size update after the setting was reduced');
    }
  }

  #fields(block: HeaderBlock): void {
    const reader = this.#reader;
    const { names, values } = block;
    let sizeBytes = 0;
    let malformed = false;
    while (reader.at < reader.end) {
      const first = reader.byte();
      let name: string;
      let value: string;
      if (first >= 0x80) {
        // 1 and the index (6.1).
        const index = reader.integer(first, 0x7f);
        name = this.#name(index);
        value = this.#value(index);
        malformed ||= this.#isMalformed(index);
      } else if (first >= 0x40) {
        // 01: a literal that is inserted (6.2.1).
        const index = reader.integer(first, 0x3f);
        name = index === 0 ? reader.text() : this.#name(index);
        value = reader.text();
        const bad = !this.#isField(name, value);
        malformed ||= bad;
        this.#table.insert(name, value, bad);
      } else if (first < 0x20) {
        // 0000 and 0001: literals that are not inserted (6.2.2, 6.2.3).
        const index = reader.integer(first, 0x0f);
        name = index === 0 ? reader.knownText() : this.#name(index);
        value = index === PATH_INDEX ? reader.knownText() : reader.text();
        malformed ||= !this.#isField(name, value);
      } else throw new HpackError('a table size update after a field');
      sizeBytes += name.length + value.length + FIELD_OVERHEAD_BYTES;
      if (sizeBytes <= this.#maxListBytes) {
        names.push(name);
        values.push(value);
      }
    }
    block.sizeBytes = sizeBytes;
    block.malformed = malformed;
    if (sizeBytes <= this.#maxListBytes) return;
    block.oversized = true;
    names.length = 0;
    values.length = 0;
  }

  #name(index: number): string {
    if (index < FIRST_DYNAMIC_INDEX && index > 0) return STATIC_NAMES[index]!;
    return this.#table.name(this.#dynamic(index));
  }

  #value(index: number): string {
    if (index < FIRST_DYNAMIC_INDEX && index > 0) return STATIC_VALUES[index]!;
    return this.#table.value(this.#dynamic(index));
  }

  /** The static pseudo-headers are as they must be; requests hardly ever refer to the static fields, whose values are empty. */
  #isMalformed(index: number): boolean {
    if (index >= FIRST_DYNAMIC_INDEX) return this.#table.malformed(index - FIRST_DYNAMIC_INDEX);
    return index >= FIRST_STATIC_FIELD && !this.#isField(STATIC_NAMES[index]!, STATIC_VALUES[index]!);
  }

  #dynamic(index: number): number {
    const dynamic = index - FIRST_DYNAMIC_INDEX;
    if (index === 0 || dynamic >= this.#table.count) throw new HpackError(`there is no table entry ${index}`);
    return dynamic;
  }
}

function anyField(): boolean {
  return true;
}
