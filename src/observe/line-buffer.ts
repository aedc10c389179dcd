import { Buffer } from 'node:buffer';

/** More is given back once it is written. */
const KEPT_BYTES = 1024 * 1024;

/** UTF-8 takes so many bytes for a UTF-16 unit, at most. */
const BYTES_OF_UNIT = 3;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LAST_PLAIN = 0x7e;

/**
 * Lines as the bytes that go out in one write. The memory is used again and again: `bytes` is good until the next `clear`.
 * What is in UTF-8 already is copied; strings should be few, as encoding each is a call into native code.
 */
export class LineBuffer {
  #buffer: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(KEPT_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Throws what allocating throws. */
  add(text: string): void {
    const needed = this.#length + text.length * BYTES_OF_UNIT;
    if (needed > this.#buffer.length) this.#grow(needed);
    this.#length += this.#buffer.write(text, this.#length, 'utf8');
  }

  /** The same with text that is in UTF-8 already. */
  addBytes(text: Uint8Array): void {
    const needed = this.#length + text.byteLength;
    if (needed > this.#buffer.length) this.#grow(needed);
    this.#buffer.set(text, this.#length);
    this.#length = needed;
  }

  /** Adds a string as JSON. Those that are plain, as ids are, take no call into native code. */
  addQuoted(text: string): void {
    const { length } = text;
    const needed = this.#length + length + 2;
    if (needed > this.#buffer.length) this.#grow(needed);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = QUOTE;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code <= QUOTE || code === BACKSLASH || code > LAST_PLAIN) return this.add(JSON.stringify(text));
      buffer[at++] = code;
    }
    buffer[at++] = QUOTE;
    this.#length = at;
  }

  /** Takes back what was added since the buffer was so long. */
  cut(length: number): void {
    this.#length = length;
  }

  /** Not a Buffer, whose `slice` would share the memory. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#buffer.buffer, 0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(KEPT_BYTES);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
