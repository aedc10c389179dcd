/** Messages out of the bytes of DATA frames (gRPC over HTTP/2, "Length-Prefixed-Message"). Frames say nothing about messages. */
import { Buffer } from 'node:buffer';

/** A flag and a length of four bytes precede each message. */
export const PREFIX_BYTES = 5;

/** What is set aside for a message whose rest is yet to come, at least. */
const FIRST_BYTES = 1024;

/**
 * Whether these bytes are exactly one message that is not compressed, which then begins at `start + PREFIX_BYTES`: what nearly every
 * unary request is, with no reader and no object.
 */
export function isOneWholeMessage(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start >= PREFIX_BYTES &&
    bytes[start] === 0 &&
    lengthAt(bytes, start + 1) === end - start - PREFIX_BYTES
  );
}

/**
 * Why no more is read: a message longer than allowed (RESOURCE_EXHAUSTED), or a flag that is neither 0 nor 1 (INTERNAL, as
 * grpc-go does).
 */
export type MessageFault = 'oversized' | 'bad-flag';

/**
 * Reads one stream of messages. What a message in parts needs is set aside as it comes, never by the length that it announces: at
 * most twice what has arrived, in linear time, and nothing of the pieces themselves is held.
 *
 *     for (let at = start; at < end; ) {
 *       at = reader.read(bytes, at, end);
 *       if (reader.fault !== undefined) …
 *       if (reader.message !== undefined) …
 *     }
 */
export class MessageReader {
  /**
   * The message that the last `read` completed: a view of the piece when it lay wholly in it, for whoever keeps it to copy
   * (`unpinned` of pieces.ts), else its own memory.
   */
  message: Buffer | undefined;
  /** Whether that message is compressed. */
  compressed = false;
  fault: MessageFault | undefined;
  readonly #maxMessageBytes: number;
  #prefixBytes = 0;
  #length = 0;
  /** What has come of a message in parts, and how much that is. */
  #parts: Buffer | undefined;
  #partBytes = 0;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Memory that is held for the message that is on its way. */
  get heldBytes(): number {
    return this.#parts?.length ?? 0;
  }

  /** A message has begun and is not whole: a stream that ends here is broken (INTERNAL). */
  get unfinished(): boolean {
    return this.#prefixBytes > 0;
  }

  /** Reads on in a piece, to the end of a message or of the piece; gives where it stopped. After a fault that is `end`. */
  read(piece: Buffer, at: number, end: number): number {
    this.message = undefined;
    if (this.fault !== undefined) return end;
    while (this.#prefixBytes < PREFIX_BYTES) {
      if (at === end) return end;
      this.#readPrefix(piece[at++]!);
      if (this.fault !== undefined) return end;
    }
    const wanted = this.#length - this.#partBytes;
    const taken = Math.min(wanted, end - at);
    if (taken < wanted) {
      this.#keep(piece, at, at + taken);
      return end;
    }
    if (this.#partBytes === 0) this.message = piece.subarray(at, at + taken);
    else {
      this.#keep(piece, at, at + taken);
      // It has grown to exactly this message.
      this.message = this.#parts;
      this.#parts = undefined;
      this.#partBytes = 0;
    }
    this.#prefixBytes = 0;
    this.#length = 0;
    return at + taken;
  }

  #readPrefix(byte: number): void {
    if (this.#prefixBytes++ === 0) {
      this.compressed = byte === 1;
      if (byte > 1) this.fault = 'bad-flag';
      return;
    }
    this.#length = this.#length * 256 + byte;
    if (this.#prefixBytes === PREFIX_BYTES && this.#length > this.#maxMessageBytes) this.fault = 'oversized';
  }

  #keep(piece: Buffer, start: number, end: number): void {
    const bytes = this.#partBytes + end - start;
    if (bytes === 0) return;
    if (this.#parts === undefined || this.#parts.length < bytes) {
      // Twice what there is, so that copying on stays linear; the whole message as soon as that is not more.
      const parts = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(bytes * 2, FIRST_BYTES)));
      this.#parts?.copy(parts, 0, 0, this.#partBytes);
      this.#parts = parts;
    }
    piece.copy(this.#parts, this.#partBytes, start, end);
    this.#partBytes = bytes;
  }
}

/** Writes flag and length before a message of so many bytes that is not compressed; gives where the message begins. */
export function writePrefix(out: Uint8Array, at: number, messageBytes: number): number {
  out[at] = 0;
  out[at + 1] = messageBytes >>> 24;
  out[at + 2] = messageBytes >>> 16;
  out[at + 3] = messageBytes >>> 8;
  out[at + 4] = messageBytes;
  return at + PREFIX_BYTES;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}
