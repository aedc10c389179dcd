import { PortcullisError } from '../errors.ts';

/** Hands out a stream of chunks in the sizes asked for, and stops it when it grows beyond a limit. */
export class ByteReader {
  readonly #chunks: AsyncGenerator<Uint8Array, void, void>;
  readonly #maxBytes: number;
  #readBytes = 0;
  #current: Uint8Array = new Uint8Array();

  constructor(chunks: AsyncGenerator<Uint8Array, void, void>, maxBytes: number) {
    this.#chunks = chunks;
    this.#maxBytes = maxBytes;
  }

  /** Exactly `count` bytes, in memory of their own. Throws `archive_truncated`, `archive_too_large`. */
  async read(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.readUpTo(count);
    if (bytes.length < count) {
      throw new PortcullisError('archive_truncated', 'the archive ends in the middle of an entry');
    }
    return bytes;
  }

  /** As {@link read}, but fewer bytes at the end of the stream. Memory grows with what arrives, not with what is asked for. */
  async readUpTo(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    let missing = count;
    while (missing > 0) {
      if (this.#current.length === 0 && !(await this.#next())) break;
      const part = this.#current.subarray(0, missing);
      this.#current = this.#current.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    const bytes = new Uint8Array(count - missing);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** Ends the stream, also in its middle. */
  async close(): Promise<void> {
    await this.#chunks.return();
  }

  async #next(): Promise<boolean> {
    const result = await this.#chunks.next();
    if (result.done === true) return false;
    this.#current = result.value;
    this.#readBytes += result.value.length;
    if (this.#readBytes > this.#maxBytes) {
      throw new PortcullisError(
        'archive_too_large',
        `the archive inflates to more than ${this.#maxBytes} bytes`,
      );
    }
    return true;
  }
}
