/**
 * Reads DER (ITU-T X.690) as Go does: golang.org/x/crypto/cryptobyte for certificates, encoding/asn1 for requests and
 * keys. Lengths must be minimal; what follows the elements that are asked for is left alone.
 */

/** Identifier octets, as they stand in the encoding. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A context-specific tag, primitive. */
export function contextTag(number: number): number {
  return 0x80 | number;
}

/** A context-specific tag, constructed. */
export function constructedTag(number: number): number {
  return 0xa0 | number;
}

/** Integers of more octets are refused: some 30,103 digits, as for numbers elsewhere. */
const MAX_INTEGER_OCTETS = 12_500;

/** The encoding is not what is expected. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

export interface DerElement {
  /** The identifier octet. With a number beyond 30, which takes more octets, this is the first of them. */
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

/** A BIT STRING. */
export interface BitString {
  readonly bytes: Buffer;
  readonly bitLength: number;
}

/** Reads one element after the other; each method throws DerError where the element is not as it says. */
export class DerReader {
  #rest: Buffer;
  readonly #what: string;

  /** `what` is said in errors. */
  constructor(bytes: Buffer, what: string) {
    this.#rest = bytes;
    this.#what = what;
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0;
  }

  /** What has not been read yet. */
  get rest(): Buffer {
    return this.#rest;
  }

  fail(cause?: unknown): DerError {
    return new DerError(`x509: malformed ${this.#what}`, { cause });
  }

  /** Whether the next element has this tag. */
  isNext(tag: number): boolean {
    return this.#rest[0] === tag;
  }

  /** The next element, whatever it is. Tag numbers beyond 30 are read for encoding/asn1 only. */
  any(options: { readonly highTags?: boolean } = {}): DerElement {
    const { tag, length, headerLength } = this.#header(options.highTags === true);
    const whole = this.#rest.subarray(0, headerLength + length);
    if (whole.length !== headerLength + length) throw this.fail();
    this.#rest = this.#rest.subarray(whole.length);
    return { tag, content: whole.subarray(headerLength), whole };
  }

  /** As encoding/asn1 asks for optional elements: whether there is one and it has this tag; a broken one is an error. */
  hasNext(tag: number): boolean {
    return !this.isEmpty && this.#header(true).tag === tag;
  }

  /**
   * Enters an explicit tag as encoding/asn1 does, if it is there and wraps an element with the other tag, which is read
   * next. The length of the wrapper is not looked at again.
   */
  enter(number: number, wrapped: number): boolean {
    if (this.isEmpty) return false;
    const { tag, length, headerLength } = this.#header(true);
    if (tag !== constructedTag(number) && (tag !== contextTag(number) || length > 0)) return false;
    if (length === 0) throw this.fail();
    const before = this.#rest;
    this.#rest = before.subarray(headerLength);
    if (this.#header(true).tag === wrapped) return true;
    this.#rest = before;
    return false;
  }

  element(tag: number): DerElement {
    const element = this.any();
    if (element.tag !== tag) throw this.fail();
    return element;
  }

  /** The content of an element with this tag. */
  content(tag: number): Buffer {
    return this.element(tag).content;
  }

  /** A reader of the content of an element with this tag. */
  inside(tag: number, what: string = this.#what): DerReader {
    return new DerReader(this.content(tag), what);
  }

  /** As `inside` where the next element has this tag. */
  optional(tag: number, what: string = this.#what): DerReader | undefined {
    return this.isNext(tag) ? this.inside(tag, what) : undefined;
  }

  boolean(): boolean {
    const content = this.content(TAG.boolean);
    if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw this.fail();
    return content[0] === 0xff;
  }

  /** An INTEGER of any size, or one with another tag. */
  integer(tag: number = TAG.integer): bigint {
    return this.integerOf(this.content(tag));
  }

  /** The content of an INTEGER: minimal, in two's complement. */
  integerOf(content: Buffer): bigint {
    const [first, second = 0] = content;
    if (first === undefined || content.length > MAX_INTEGER_OCTETS) throw this.fail();
    if (content.length > 1) {
      if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) throw this.fail();
    }
    const unsigned = BigInt(`0x${content.toString('hex')}`);
    return first >= 0x80 ? unsigned - (1n << BigInt(8 * content.length)) : unsigned;
  }

  /** An INTEGER of 64 bits with its sign. */
  int64(tag: number = TAG.integer): bigint {
    const value = this.integer(tag);
    if (BigInt.asIntN(64, value) !== value) throw this.fail();
    return value;
  }

  /** Components of an OBJECT IDENTIFIER, each of at most 31 bits. */
  oid(): number[] {
    const components = oidComponents(this.content(TAG.oid));
    if (components === undefined) throw this.fail();
    return components;
  }

  bitString(): BitString {
    const content = this.content(TAG.bitString);
    const bits = bitStringOf(content);
    if (bits === undefined) throw this.fail();
    return bits;
  }

  #header(highTags: boolean): {
    readonly tag: number;
    readonly length: number;
    readonly headerLength: number;
  } {
    const tag = this.#rest[0];
    const isHigh = tag !== undefined && (tag & 0x1f) === 0x1f;
    if (tag === undefined || (isHigh && !highTags)) throw this.fail();
    return { tag, ...this.#length(isHigh ? this.#afterHighTag() : 1) };
  }

  /** Position of the length octets after a tag number in base 128. */
  #afterHighTag(): number {
    let number = 0;
    for (let at = 1; at < 6; at++) {
      const octet = this.#rest[at];
      if (octet === undefined || (at === 1 && octet === 0x80)) throw this.fail();
      number = number * 128 + (octet & 0x7f);
      if (octet < 0x80) {
        if (number < 0x1f || number > 0x7fff_ffff) throw this.fail();
        return at + 1;
      }
    }
    throw this.fail();
  }

  #length(at: number): { readonly length: number; readonly headerLength: number } {
    const first = this.#rest[at];
    if (first === undefined) throw this.fail();
    if (first < 0x80) return { length: first, headerLength: at + 1 };
    const octets = first & 0x7f;
    // Lengths of more than four octets are longer than any input; 0x80 is BER's indefinite form.
    if (octets === 0 || octets > 4 || this.#rest.length < at + 1 + octets) throw this.fail();
    const length = this.#rest.readUIntBE(at + 1, octets);
    if (length < 0x80 || length < 256 ** (octets - 1)) throw this.fail();
    return { length, headerLength: at + 1 + octets };
  }
}

/** Undefined where the content is no OBJECT IDENTIFIER, or one with a component of more than 31 bits. */
export function oidComponents(content: Buffer): number[] | undefined {
  const components: number[] = [];
  let value = 0;
  let isFirst = true;
  for (const octet of content) {
    if (isFirst && octet === 0x80) return undefined;
    value = value * 128 + (octet & 0x7f);
    if (value > 0x7fff_ffff) return undefined;
    isFirst = octet < 0x80;
    if (!isFirst) continue;
    if (components.length > 0) components.push(value);
    else if (value < 80) components.push(Math.floor(value / 40), value % 40);
    else components.push(2, value - 80);
    value = 0;
  }
  return isFirst && components.length > 0 ? components : undefined;
}

/** Undefined where the content is no BIT STRING. */
export function bitStringOf(content: Buffer): BitString | undefined {
  const padding = content[0];
  const bytes = content.subarray(1);
  if (padding === undefined || padding > 7 || (bytes.length === 0 && padding !== 0)) return undefined;
  if (((bytes.at(-1) ?? 0) & ((1 << padding) - 1)) !== 0) return undefined;
  return { bytes, bitLength: bytes.length * 8 - padding };
}

/** The bits with the padding at the beginning. */
export function rightAligned({ bytes, bitLength }: BitString): Buffer {
  const shift = 8 * bytes.length - bitLength;
  if (shift === 0) return bytes;
  return Buffer.from(bytes.map((byte, i) => (((bytes[i - 1] ?? 0) << (8 - shift)) | (byte >> shift)) & 0xff));
}

/** Writes one element. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}
