import { Buffer } from 'node:buffer';
import { PortcullisError } from '../errors.ts';
import { WireText } from './wire-text.ts';

/** Wire types of https://protobuf.dev/programming-guides/encoding/. Groups (3, 4) do not occur in proto3 and are refused. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED32 = 5;

/** The tag of a field as it stands on the wire. Constants of it let a `switch` dispatch on number and type at once. */
export const fieldTag = (fieldNumber: number, wireType: number): number => fieldNumber * 8 + wireType;

/**
 * Reads one protobuf message by the letter: nothing runs over an end, no wire type is taken for another, no group is
 * entered, text must be UTF-8. Bytes are views on the request, never copies. Throws `invalid_request`.
 *
 * The runtime's own reader is laxer in each of these, and decodes a Struct before anyone has asked for it.
 */
export class WireReader {
  readonly #buffer: Buffer;
  readonly #text: WireText;
  /** Where the message being read ends. */
  #end: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = new WireText(this.#buffer);
    this.#end = bytes.byteLength;
  }

  /** The next field's tag, or 0 at the end of the message. */
  next(): number {
    if (this.#at === this.#end) return 0;
    const tag = this.#varint();
    if (tag < 8 || tag > 0xffff_ffff) throw malformed('a field has no valid number');
    return tag;
  }

  /**
   * Goes into a message that is this field, without copying; what `enter` gives belongs to `leave`, which takes the
   * reader back to the message around it once `next` has given 0.
   */
  enter(): number {
    const outer = this.#end;
    const length = this.#varint();
    if (length > outer - this.#at) throw malformed('it ends too early');
    this.#end = this.#at + length;
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  bool(): boolean {
    return this.#varint() !== 0;
  }

  /** A 32-bit signed integer or an enum; longer varints lose their upper bits, as in every reader. */
  int32(): number {
    const value = this.int64();
    return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
  }

  /** A 32-bit unsigned integer; longer varints lose their upper bits. */
  uint32(): number {
    const value = this.int64();
    return typeof value === 'number' ? value >>> 0 : Number(BigInt.asUintN(32, value));
  }

  /** A 64-bit signed integer, exactly: a bigint when it is negative or beyond 2^53. */
  int64(): number | bigint {
    const start = this.#at;
    const value = this.#varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let bits = 0n;
    for (let at = this.#at - 1; at >= start; at--) bits = (bits << 7n) | BigInt(this.#buffer[at]! & 0x7f);
    return BigInt.asIntN(64, bits);
  }

  /** A 64-bit float. */
  double(): number {
    return this.#buffer.readDoubleLE(this.#advance(8));
  }

  /** A length-delimited field. */
  bytes(): Uint8Array {
    const start = this.#lengthDelimited();
    return this.#buffer.subarray(start, this.#at);
  }

  /** A length-delimited field that holds text. */
  string(): string {
    const start = this.#lengthDelimited();
    const text = this.#text.at(start, this.#at);
    if (text.includes('\ufffd')) return strictText(this.#buffer.subarray(start, this.#at));
    return text;
  }

  /** Steps over the field with this tag. */
  skip(tag: number): void {
    switch (tag % 8) {
      case VARINT:
        this.#varint();
        break;
      case FIXED64:
        this.#advance(8);
        break;
      case LENGTH_DELIMITED:
        this.#lengthDelimited();
        break;
      case FIXED32:
        this.#advance(4);
        break;
      default:
        throw malformed(`wire type ${tag % 8} does not occur in proto3`);
    }
  }

  #lengthDelimited(): number {
    const length = this.#varint();
    return this.#advance(length);
  }

  /** Gives the position before the step. */
  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#end - start) throw malformed('it ends too early');
    this.#at = start + length;
    return start;
  }

  /** Exact up to 2^53, which is beyond every length and tag; larger values stay larger. */
  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.#at === this.#end) throw malformed('it ends too early');
      const byte = this.#buffer[this.#at++]!;
      if (count === 9 && byte > 1) throw malformed('a number is longer than 64 bits');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw malformed('a number is longer than 64 bits');
  }
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function strictText(bytes: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    throw malformed('a string is not UTF-8');
  }
}

/** The error for bytes that are not the message they should be. */
export function malformed(what: string): PortcullisError {
  return new PortcullisError('invalid_request', `The message cannot be read: ${what}`);
}
