/** The bytes of the answers of one read, in one buffer, so that they leave in one write. */

const FIRST_BYTES = 16 * 1024;
/** A buffer that grew beyond this is given up when it has been written. */
const KEPT_BYTES = 256 * 1024;
const MAX_SPARE = 8;

const NONE: Buffer = Buffer.alloc(0);
/** Buffers between two uses: connections that have nothing to send hold none. */
const spare: Buffer[] = [];

export class Output {
  bytes: Buffer = NONE;
  length = 0;

  /** Makes room for this many more bytes; gives where they go. The caller sets `length`. */
  reserve(count: number): number {
    const needed = this.length + count;
    if (needed > this.bytes.length) this.#grow(needed);
    return this.length;
  }

  /**
   * Hands what there is to `write`, which says whether it is done with the bytes. If so they are written over some time;
   * otherwise they are its own.
   */
  flush(write: (bytes: Buffer) => boolean): void {
    const { bytes, length } = this;
    if (length === 0) return;
    this.length = 0;
    this.bytes = NONE;
    const done = write(bytes.subarray(0, length));
    if (done && bytes.length <= KEPT_BYTES && spare.length < MAX_SPARE) spare.push(bytes);
  }

  #grow(needed: number): void {
    const { bytes } = this;
    if (bytes === NONE) {
      this.bytes = spare.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
      if (needed <= this.bytes.length) return;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
