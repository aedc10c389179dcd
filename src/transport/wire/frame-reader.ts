/** From reads of a socket to frames. Frames are read in place; only one that comes in two reads is put together. */
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES, PREFACE, read31 } from './frames.ts';

/** Who is told of frames. Nothing is made for a frame: its parts are arguments. */
export interface FrameSink {
  /**
   * A whole frame; its payload is `bytes` from `start` to `end`. Bytes never change afterwards, so that parts of them may be
   * kept. False when nothing after it is to be read.
   */
  onFrame(type: number, flags: number, stream: number, bytes: Buffer, start: number, end: number): boolean;
  /** The connection does not begin as HTTP/2 does. */
  onBadPreface(): void;
  /** A frame that is longer than we take. */
  onLongFrame(): void;
}

const NONE: Buffer = Buffer.alloc(0);

export class FrameReader {
  readonly #sink: FrameSink;
  #prefaceBytes = 0;
  /** The beginning of a frame whose end has not come; as long as the frame, once its length is known. */
  #partial: Buffer = NONE;
  #partialBytes = 0;
  #ended = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether a frame has begun that has not ended. */
  get midFrame(): boolean {
    return this.#partialBytes > 0;
  }

  /** Whether the client has said that it speaks HTTP/2. */
  get opened(): boolean {
    return this.#prefaceBytes === PREFACE.length;
  }

  read(bytes: Buffer): void {
    if (this.#ended) return;
    let at = this.opened ? 0 : this.#readPreface(bytes);
    if (this.#partialBytes > 0) at = this.#complete(bytes, at);
    if (this.#ended) return;
    at = this.#readFrames(bytes, at);
    if (at < bytes.length) this.#keep(bytes, at);
  }

  #readPreface(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && this.#prefaceBytes < PREFACE.length) {
      if (bytes[at++] !== PREFACE[this.#prefaceBytes++]) {
        this.#ended = true;
        this.#sink.onBadPreface();
        return bytes.length;
      }
    }
    return at;
  }

  /** Reads whole frames; gives where the first begins that is not whole. */
  #readFrames(bytes: Buffer, from: number): number {
    const { length: end } = bytes;
    let at = from;
    while (end - at >= FRAME_HEADER_BYTES) {
      const length = this.#lengthAt(bytes, at);
      if (length < 0) return end;
      const start = at + FRAME_HEADER_BYTES;
      const next = start + length;
      if (next > end) return at;
      if (!this.#sink.onFrame(bytes[at + 3]!, bytes[at + 4]!, read31(bytes, at + 5), bytes, start, next)) {
        this.#ended = true;
        return end;
      }
      at = next;
    }
    return at;
  }

  /** The length of the payload; -1 when it is too long, which ends everything. */
  #lengthAt(bytes: Buffer, at: number): number {
    const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    if (length <= MAX_FRAME_BYTES) return length;
    this.#ended = true;
    this.#sink.onLongFrame();
    return -1;
  }

  /** Keeps the beginning of a frame, which the last bytes of a read are. */
  #keep(bytes: Buffer, at: number): void {
    this.#partial = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES);
    this.#partialBytes = 0;
    this.#complete(bytes, at);
  }

  /** Adds to the frame that has begun, and reads it when it is whole; gives where the next begins. */
  #complete(bytes: Buffer, from: number): number {
    const at = this.#fill(bytes, from);
    if (this.#partialBytes < FRAME_HEADER_BYTES) return at;
    if (this.#partial.length === FRAME_HEADER_BYTES) {
      const length = this.#lengthAt(this.#partial, 0);
      if (length < 0) return bytes.length;
      const whole = Buffer.allocUnsafeSlow(FRAME_HEADER_BYTES + length);
      this.#partial.copy(whole);
      this.#partial = whole;
    }
    const end = this.#fill(bytes, at);
    if (this.#partialBytes < this.#partial.length) return end;
    const frame = this.#partial;
    this.#partial = NONE;
    this.#partialBytes = 0;
    this.#readFrames(frame, 0);
    return end;
  }

  #fill(bytes: Buffer, from: number): number {
    const count = Math.min(this.#partial.length - this.#partialBytes, bytes.length - from);
    bytes.copy(this.#partial, this.#partialBytes, from, from + count);
    this.#partialBytes += count;
    return from + count;
  }
}
