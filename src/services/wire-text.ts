import type { Buffer } from 'node:buffer';

/** Texts up to this length are cut out of a window; longer ones are worth a native call each. */
const LONGEST_CUT_BYTES = 256;
const WINDOW_BYTES = 2048;

/**
 * Decodes the texts of a message, which are short and many: each native call costs more than the text it gives. So a window
 * of the message is decoded at once, one character for each byte, and texts that are ASCII are cut out of it. A text that is kept
 * keeps its window. For reading from the beginning to the end; any other order is right as well, only slower.
 */
export class WireText {
  readonly #buffer: Buffer;
  #window = '';
  #start = 0;
  #end = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** The text in UTF-8 from `start` to `end`, which are inside the buffer. What is not UTF-8 becomes U+FFFD. */
  at(start: number, end: number): string {
    const buffer = this.#buffer;
    if (end - start > LONGEST_CUT_BYTES) return buffer.toString('utf8', start, end);
    let bits = 0;
    for (let at = start; at < end; at++) bits |= buffer[at]!;
    if (bits >= 0x80) return buffer.toString('utf8', start, end);
    if (end > this.#end || start < this.#start) {
      this.#start = start;
      this.#end = Math.min(start + WINDOW_BYTES, buffer.length);
      this.#window = buffer.toString('latin1', start, this.#end);
    }
    return this.#window.slice(start - this.#start, end - this.#start);
  }
}
