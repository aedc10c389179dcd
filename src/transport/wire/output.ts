/** The bytes of the answers of one read, in one buffer, so that they leave in one write. */

const FIRST_BYTES = 16 * 1024;
/** A buffer that grew beyond this is given up when it has been written. */
const KEPT_BYTES = 256 * 1024;

export class Output {
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  length = 0;

  /** Makes room for this many more bytes; gives where they go. The caller sets `length`. */
  reserve(count: number): number {
    const needed = this.length + count;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    return this.length;
  }

  /**
   * Hands what there is to `write`, which says whether it is done with the bytes. If so they are written over next time;
   * otherwise they are its own, and the next answers go into a new buffer.
   */
  flush(write: (bytes: Buffer) => boolean): void {
    const { length } = this;
    if (length === 0) return;
    this.length = 0;
    const done = write(this.bytes.subarray(0, length));
    if (!done || this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }
}
