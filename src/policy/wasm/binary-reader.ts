/** Reads the primitives of a WebAssembly binary: WebAssembly core specification 2.0, sections 5.2.2 (integers) and 5.3. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  offset: number;

  /** Reads from `offset` up to `end`, or to the end of the bytes. */
  constructor(bytes: Uint8Array, offset: number, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = Math.min(end, bytes.length);
  }

  atEnd(): boolean {
    return this.offset >= this.end;
  }

  /** Throws RangeError at the end. */
  byte(): number {
    if (this.offset >= this.end) throw new RangeError(`the module ends at byte ${this.end}`);
    return this.bytes[this.offset++] as number;
  }

  skip(count: number): void {
    this.offset += count;
  }

  /** An unsigned LEB128 number. Multiplies, since `<<` would turn the highest bit into a sign. */
  u32(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  /** Skips a LEB128 number of any length and sign. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  /** A name: its length and as many bytes of UTF-8. */
  name(): string {
    const length = this.u32();
    this.skip(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength).toString(
      'utf8',
      this.offset - length,
      this.offset,
    );
  }

  /** Throws RangeError for those that are shared, of 64 bits or otherwise more than a minimum and perhaps a maximum. */
  limits(): { readonly minimum: number; readonly maximum: number | undefined } {
    const flags = this.byte();
    if (flags > 1) throw new RangeError(`limits of an unknown kind at byte ${this.offset - 1}`);
    const minimum = this.u32();
    return { minimum, maximum: flags === 1 ? this.u32() : undefined };
  }
}
