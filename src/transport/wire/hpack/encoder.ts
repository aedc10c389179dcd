/**
 * The HPACK encoder of one connection (RFC 7541; RFC 9113, 4.3).
 *
 * Only prepared fields are inserted into the client's table, and only while nothing must be evicted for them: so an answer's
 * blocks are a byte a field from the second on, for as long as the connection lives. Everything else is written as literals
 * that are not inserted.
 */

import { writeInteger, writeText } from './block-writer.ts';
import { DynamicTable } from './dynamic-table.ts';
import { maxBlockBytes, type PreparedFields } from './prepared-fields.ts';
import { FIELD_OVERHEAD_BYTES, FIRST_DYNAMIC_INDEX, STATIC_NAMES, STATIC_VALUES } from './static-table.ts';

/** The size that both ends begin with (RFC 9113, 6.5.2), and the most that is used of a larger one. */
const DEFAULT_TABLE_BYTES = 4096;

/** Static indices by name: the first of each. */
const STATIC_BY_NAME: ReadonlyMap<string, number> = new Map(
  STATIC_NAMES.map((name, index): [string, number] => [name, index]).reverse(),
);

/** What an encoder writes for prepared fields as long as its table stays as it is. */
interface Form {
  readonly bytes: Uint8Array;
  readonly generation: number;
}

export class HpackEncoder {
  readonly #table = new DynamicTable(DEFAULT_TABLE_BYTES);
  /** By the id of prepared fields. */
  readonly #forms: (Form | undefined)[] = [];
  #owesUpdate = false;

  /** The client's SETTINGS_HEADER_TABLE_SIZE, before its SETTINGS are acknowledged. */
  setMaxTableBytes(bytes: number): void {
    const tableBytes = Math.min(bytes, DEFAULT_TABLE_BYTES);
    if (tableBytes === this.#table.maxBytes) return;
    // Emptied whichever way it went: one rule, and right also when it shrank and grew before the next block.
    this.#table.resize(0);
    this.#table.resize(tableBytes);
    this.#owesUpdate = true;
  }

  /** The most bytes that `encode` writes for these fields. */
  maxEncodedBytes(fields: readonly string[]): number {
    return maxBlockBytes(fields);
  }

  /**
   * Writes a block of fields, names (lower case, pseudo-header fields first) and values (latin1) alternating, at `at`, where
   * there is room for `maxEncodedBytes`. Gives its end. Blocks must be sent in the order in which they are written.
   */
  encode(out: Uint8Array, at: number, fields: readonly string[]): number {
    at = this.#writeUpdate(out, at);
    for (let i = 0; i < fields.length; i += 2)
      at = this.#writeField(out, at, fields[i]!, fields[i + 1]!, false);
    return at;
  }

  /** The same for prepared fields, where there is room for their `maxBytes`. */
  encodePrepared(out: Uint8Array, at: number, prepared: PreparedFields): number {
    const form = this.#forms[prepared.id];
    if (form === undefined || form.generation !== this.#table.generation || this.#owesUpdate) {
      return this.#encodeAnew(out, at, prepared);
    }
    const { bytes } = form;
    // By a loop: a native copy costs more than these few bytes do.
    for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i]!;
    return at + bytes.length;
  }

  #encodeAnew(out: Uint8Array, at: number, prepared: PreparedFields): number {
    const start = this.#writeUpdate(out, at);
    const { generation } = this.#table;
    let end = start;
    for (let i = 0; i < prepared.fields.length; i += 2) {
      end = this.#writeField(out, end, prepared.fields[i]!, prepared.fields[i + 1]!, true);
    }
    // What inserts nothing is written the same way the next time.
    if (this.#table.generation === generation) {
      this.#forms[prepared.id] = { bytes: new Uint8Array(out.subarray(start, end)), generation };
    }
    return end;
  }

  /** The sizes that the table has had since the last block: none, then what it is now (RFC 7541, 4.2). */
  #writeUpdate(out: Uint8Array, at: number): number {
    if (!this.#owesUpdate) return at;
    this.#owesUpdate = false;
    at = writeInteger(out, at, 0x20, 0x1f, 0);
    return this.#table.maxBytes === 0 ? at : writeInteger(out, at, 0x20, 0x1f, this.#table.maxBytes);
  }

  #writeField(out: Uint8Array, at: number, name: string, value: string, insert: boolean): number {
    const nameIndex = STATIC_BY_NAME.get(name) ?? 0;
    const index = staticIndex(nameIndex, name, value) ?? this.#dynamicIndex(name, value);
    if (index !== undefined) return writeInteger(out, at, 0x80, 0x7f, index);
    const inserts = insert && this.#fits(name, value);
    // With incremental indexing (6.2.1) or without (6.2.2).
    at = inserts ? writeInteger(out, at, 0x40, 0x3f, nameIndex) : writeInteger(out, at, 0, 0x0f, nameIndex);
    if (nameIndex === 0) at = writeText(out, at, name);
    at = writeText(out, at, value);
    if (inserts) this.#table.insert(name, value);
    return at;
  }

  #dynamicIndex(name: string, value: string): number | undefined {
    const table = this.#table;
    for (let i = 0; i < table.count; i++) {
      if (table.name(i) === name && table.value(i) === value) return FIRST_DYNAMIC_INDEX + i;
    }
    return undefined;
  }

  #fits(name: string, value: string): boolean {
    const entryBytes = name.length + value.length + FIELD_OVERHEAD_BYTES;
    return this.#table.sizeBytes + entryBytes <= this.#table.maxBytes;
  }
}

/** Where this field is, from the first of its name on; entries of one name stand together. */
function staticIndex(nameIndex: number, name: string, value: string): number | undefined {
  if (nameIndex === 0) return undefined;
  for (let index = nameIndex; STATIC_NAMES[index] === name; index++) {
    if (STATIC_VALUES[index] === value) return index;
  }
  return undefined;
}
