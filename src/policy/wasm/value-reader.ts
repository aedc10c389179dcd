import { decodeRego } from '../codec.ts';
import type { RegoObject, RegoSet, RegoValue } from '../value.ts';
import * as layout from './value-layout.ts';

/**
 * Larger values are for the module to write as text: its work is metered, and a memory in disorder cannot lead the host in a circle,
 * or have it decode the same long text over and over.
 */
const MAX_NODES = 256;
/** Of texts in arrays, objects and sets, together. */
const MAX_NESTED_BYTES = 64 * 1024;

/** What texts that are kept may hold together, in characters; beyond, all are forgotten. A policy gives some dozens to builtins. */
const MAX_KEPT_LENGTH = 1 << 20;

const MAX_LAST_BYTES = 128;

/** Addresses from `start` to before `end` whose contents no evaluation changes: the module's constants and the base data. */
export interface FixedPart {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the operands of builtins out of a module's memory, in a tenth of the time that it takes the module to write them as text
 * and the host to read that. Gives what `decodeRego` gives of the text, elements in the same order.
 */
export class ValueReader {
  #bytes: Buffer = Buffer.alloc(0);
  #words: DataView = new DataView(new ArrayBuffer(0));
  #fixed: FixedPart = NOTHING;
  #nodesLeft = 0;
  #bytesLeft = 0;
  /** By address. The same string each time, so that whoever keeps things by it need not hash it again. */
  readonly #kept = new Map<number, string>();
  #keptLength = 0;
  /** The last text that was not kept, and its bytes. */
  #lastText = '';
  #lastLength = 0;
  readonly #lastBytes = new Uint8Array(MAX_LAST_BYTES);

  /** The value at an address; undefined where it is too large, or laid out otherwise than modules do it. */
  read(memory: Buffer, address: number, fixed: FixedPart): RegoValue | undefined {
    if (this.#bytes !== memory) {
      this.#bytes = memory;
      this.#words = new DataView(memory.buffer, memory.byteOffset, memory.length);
    }
    try {
      this.#fixed = fixed;
      this.#nodesLeft = MAX_NODES;
      const type = memory[address];
      const isText = type === layout.TYPE.text || type === layout.TYPE.internedText;
      this.#bytesLeft = isText ? memory.length : MAX_NESTED_BYTES;
      return this.#value(address);
    } catch {
      // An address beyond the memory, or a number that is none: the module's own text will tell.
      return undefined;
    }
  }

  #value(address: number): RegoValue | undefined {
    if (--this.#nodesLeft < 0) return undefined;
    switch (this.#bytes[address]!) {
      case layout.TYPE.text:
      case layout.TYPE.internedText:
        return this.#text(address);
      case layout.TYPE.null:
        return null;
      case layout.TYPE.boolean:
      case layout.TYPE.internedBoolean:
        return this.#bytes[address + layout.BOOLEAN_VALUE] !== 0;
      case layout.TYPE.number:
        return this.#number(address);
      case layout.TYPE.array:
        return this.#array(address);
      case layout.TYPE.object:
        return this.#object(address);
      case layout.TYPE.set:
        return this.#set(address);
      default:
        return undefined;
    }
  }

  #text(address: number): string | undefined {
    this.#bytesLeft -= this.#word(address + layout.TEXT_LENGTH);
    if (this.#bytesLeft < 0) return undefined;
    const { start, end } = this.#fixed;
    return address >= start && address < end ? this.#keptText(address) : this.#textAt(address);
  }

  #textAt(address: number): string {
    const start = this.#word(address + layout.TEXT_BYTES);
    const end = start + this.#word(address + layout.TEXT_LENGTH);
    if (end > this.#bytes.length) throw new RangeError('a text beyond the memory');
    if (this.#isLast(start, end)) return this.#lastText;
    const text = this.#bytes.toString('utf8', start, end);
    if (end - start <= MAX_LAST_BYTES) {
      this.#lastBytes.set(this.#bytes.subarray(start, end));
      this.#lastLength = end - start;
      this.#lastText = text;
    }
    return text;
  }

  /** A path is given to one builtin after the other: comparing its bytes takes a fifth of decoding them. */
  #isLast(start: number, end: number): boolean {
    if (end - start !== this.#lastLength) return false;
    const bytes = this.#bytes;
    const last = this.#lastBytes;
    for (let at = start, i = 0; at < end; at++, i++) if (bytes[at] !== last[i]) return false;
    return true;
  }

  #keptText(address: number): string {
    const known = this.#kept.get(address);
    if (known !== undefined) return known;
    const text = this.#textAt(address);
    if (text.length > MAX_KEPT_LENGTH) return text;
    this.#keptLength += text.length + 1;
    if (this.#keptLength > MAX_KEPT_LENGTH) {
      this.#kept.clear();
      this.#keptLength = text.length + 1;
    }
    this.#kept.set(address, text);
    return text;
  }

  #number(address: number): RegoValue | undefined {
    switch (this.#bytes[address + layout.NUMBER_KEPT_AS]!) {
      case layout.NUMBER_AS_INTEGER: {
        const integer = this.#words.getBigInt64(address + layout.NUMBER_INTEGER, true);
        return decodeRego(String(integer));
      }
      case layout.NUMBER_AS_TEXT: {
        const start = this.#word(address + layout.NUMBER_TEXT);
        const length = this.#word(address + layout.NUMBER_TEXT_LENGTH);
        return decodeRego(this.#bytes.toString('latin1', start, start + length));
      }
      default:
        return undefined;
    }
  }

  #array(address: number): RegoValue[] | undefined {
    const length = this.#word(address + layout.ARRAY_LENGTH);
    if (length > this.#nodesLeft) return undefined;
    const elements = this.#word(address + layout.ARRAY_ELEMENTS);
    const array: RegoValue[] = [];
    for (let index = 0; index < length; index++) {
      const element = this.#value(this.#word(elements + index * layout.ELEMENT_BYTES + layout.ELEMENT_VALUE));
      if (element === undefined) return undefined;
      array.push(element);
    }
    return array;
  }

  #object(address: number): RegoObject | undefined {
    const object: RegoObject = new Map();
    const buckets = this.#buckets(address);
    for (let at = buckets.start; at < buckets.end; at += 4) {
      for (let member = this.#word(at); member !== 0; member = this.#word(member + layout.MEMBER_NEXT)) {
        const key = this.#value(this.#word(member));
        const value = this.#value(this.#word(member + layout.MEMBER_VALUE));
        if (key === undefined || value === undefined) return undefined;
        object.set(key, value);
      }
    }
    return object;
  }

  #set(address: number): RegoSet | undefined {
    const set: RegoSet = new Set();
    const buckets = this.#buckets(address);
    for (let at = buckets.start; at < buckets.end; at += 4) {
      for (let element = this.#word(at); element !== 0; element = this.#word(element + layout.SET_NEXT)) {
        const value = this.#value(this.#word(element));
        if (value === undefined) return undefined;
        set.add(value);
      }
    }
    return set;
  }

  /** Where the heads of an object's or set's lists are. */
  #buckets(address: number): { readonly start: number; readonly end: number } {
    const start = this.#word(address + layout.TABLE_BUCKETS);
    const count = this.#word(address + layout.TABLE_BUCKET_COUNT);
    if (this.#word(address + layout.TABLE_LENGTH) > this.#nodesLeft || count > MAX_BUCKETS) {
      throw new RangeError('a large table');
    }
    return { start, end: start + 4 * count };
  }

  #word(address: number): number {
    return this.#words.getUint32(address, true);
  }
}

const NOTHING: FixedPart = { start: 0, end: 0 };

/** Tables grow as they fill: one with so few elements has fewer. */
const MAX_BUCKETS = 8 * MAX_NODES;
