import { isUtf8 } from 'node:buffer';
import { escapedCodePoint, escapeLength, isEscaped, writeCodePoint } from './escapes.ts';

/** As deep as parseJson goes. */
const MAX_DEPTH = 256;
/** Shorter numbers without an exponent are in range, whatever their digits. */
const MAX_NUMBER_BYTES = 64;
/** Members out of order are moved once for each object around them: so often over the whole document, and values are cheaper. */
const MAX_MOVES = 8;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** What the scan does not know how to write. */
class Unusual extends Error {}

const NOTHING = Buffer.alloc(0);

/** The state is the module's, as that of parseJson is: a scan runs to its end without giving way. */
let source: Uint8Array = NOTHING;
let length = 0;
let at = 0;
let out: Buffer = NOTHING;
let end = 0;
/** Bytes that were moved to sort members. */
let moved = 0;

/**
 * `canonicalJson(parseJson(source))` in UTF-8, made of the bytes alone: of large data, values would take ten times the memory of their text, and
 * much of the time of those who collect it. Undefined where that takes more than moving bytes, and for what is no JSON or is refused: keys that are
 * written with escapes, numbers with exponents, line separators, objects out of order in many others. The parser is asked then, and it tells what is
 * wrong.
 */
export function canonicalBytes(json: Uint8Array): Uint8Array | undefined {
  if (!isUtf8(json)) return undefined;
  source = json;
  length = json.length;
  at = 0;
  // White space goes, and no escape grows.
  out = Buffer.allocUnsafeSlow(json.length);
  end = 0;
  moved = 0;
  try {
    value(MAX_DEPTH);
    space();
    return at === length ? written() : undefined;
  } catch (thrown) {
    if (thrown instanceof Unusual) return undefined;
    throw thrown;
  } finally {
    source = NOTHING;
    out = NOTHING;
  }
}

/** Without the room of the white space, if that is much: what is written is kept. */
function written(): Uint8Array {
  if (length - end < length >> 2) return out.subarray(0, end);
  return new Uint8Array((out.buffer as ArrayBuffer).transfer(end));
}

/** Steps over white space and gives the byte there; undefined at the end. */
function space(): number | undefined {
  let byte = source[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = source[++at];
  return byte;
}

function value(depthLeft: number): void {
  const byte = space();
  if (byte === QUOTE) text(true);
  else if (byte === OPEN_BRACE) object(depthLeft - 1);
  else if (byte === OPEN_BRACKET) array(depthLeft - 1);
  else if (byte === 0x74) word('true');
  else if (byte === 0x66) word('false');
  else if (byte === 0x6e) word('null');
  else number();
}

function array(depthLeft: number): void {
  open(depthLeft, OPEN_BRACKET);
  if (space() === CLOSE_BRACKET) return put(CLOSE_BRACKET);
  for (;;) {
    value(depthLeft);
    if (space() === CLOSE_BRACKET) return put(CLOSE_BRACKET);
    expect(COMMA);
  }
}

function object(depthLeft: number): void {
  const begin = end;
  open(depthLeft, OPEN_BRACE);
  if (space() === CLOSE_BRACE) return put(CLOSE_BRACE);
  /** Where members begin in what is written. */
  const starts: number[] = [];
  let isSorted = true;
  let previous = -1;
  let previousEnd = -1;
  for (;;) {
    if (space() !== QUOTE) throw new Unusual();
    const start = end;
    starts.push(start);
    text(false);
    if (previous >= 0 && isSorted && compareKeys(previous, previousEnd, start, end) >= 0) isSorted = false;
    previous = start;
    previousEnd = end;
    space();
    expect(COLON);
    value(depthLeft);
    if (space() === CLOSE_BRACE) break;
    expect(COMMA);
  }
  if (!isSorted) sortMembers(begin + 1, starts);
  put(CLOSE_BRACE);
}

/** Of keys as they are written, with their quotes, by their bytes. */
function compareKeys(a: number, aEnd: number, b: number, bEnd: number): number {
  const shorter = Math.min(aEnd - a, bEnd - b) - 1;
  for (let i = 1; i < shorter; i++) {
    const difference = out[a + i]! - out[b + i]!;
    if (difference !== 0) return difference;
  }
  return aEnd - a - (bEnd - b);
}

/** Puts the members of the object that ends here in the order of their keys. Throws where one is named twice. */
function sortMembers(begin: number, starts: readonly number[]): void {
  moved += end - begin;
  if (moved > MAX_MOVES * length) throw new Unusual();
  const members = starts.map((start, i) => {
    const memberEnd = i + 1 < starts.length ? starts[i + 1]! - 1 : end;
    return { start, keyEnd: out.indexOf(QUOTE, start + 1) + 1, memberEnd };
  });
  members.sort((a, b) => compareKeys(a.start, a.keyEnd, b.start, b.keyEnd));
  const written = Buffer.from(out.subarray(begin, end));
  let to = begin;
  for (const [i, { start, memberEnd, keyEnd }] of members.entries()) {
    const last = members[i - 1];
    if (
      last !== undefined &&
      sameKey(written, last.start - begin, last.keyEnd - begin, start - begin, keyEnd - begin)
    )
      throw new Unusual();
    if (i > 0) out[to++] = COMMA;
    to += written.copy(out, to, start - begin, memberEnd - begin);
  }
}

function sameKey(bytes: Buffer, a: number, aEnd: number, b: number, bEnd: number): boolean {
  return bytes.compare(bytes, a, aEnd, b, bEnd) === 0;
}

/** A string; written with escapes only where they are allowed. Most of the bytes are read here: all is in locals. */
function text(mayEscape: boolean): void {
  const from = source;
  const to = out;
  let read = at + 1;
  let write = end;
  to[write++] = QUOTE;
  for (;;) {
    const byte = from[read++]!;
    to[write++] = byte;
    if (byte === QUOTE) break;
    // Controls, and the end.
    if (!(byte >= 0x20)) throw new Unusual();
    if (byte === BACKSLASH) {
      if (mayEscape && isCanonicalEscape(from[read])) {
        to[write++] = from[read++]!;
        continue;
      }
      // Go's encoder writes `&`, `<` and `>` so if it is not told otherwise, and `opa build` with it.
      const codePoint = escapedCodePoint(from, read);
      if (codePoint === undefined || (!mayEscape && isEscaped(codePoint))) throw new Unusual();
      write = writeCodePoint(to, write - 1, codePoint);
      read += escapeLength(from, read, codePoint);
    } else if (byte === 0xe2 && from[read] === 0x80 && (from[read + 1]! & 0xfe) === 0xa8) {
      // U+2028 and U+2029 are escaped.
      throw new Unusual();
    }
  }
  at = read;
  end = write;
}

/** `\" \\ \b \f \n \r \t`. */
const isCanonicalEscape = (byte: number | undefined): boolean =>
  byte === QUOTE ||
  byte === BACKSLASH ||
  byte === 0x62 ||
  byte === 0x66 ||
  byte === 0x6e ||
  byte === 0x72 ||
  byte === 0x74;

function word(letters: string): void {
  for (let i = 0; i < letters.length; i++) expect(letters.charCodeAt(i));
}

/** RFC 8259 section 6 without exponents: the text stays as it is. */
function number(): void {
  const from = at;
  if (source[at] === MINUS) put(MINUS);
  if (source[at] === ZERO) put(ZERO);
  else digits();
  if (source[at] === DOT) {
    put(DOT);
    digits();
  }
  if (at - from > MAX_NUMBER_BYTES || (source[at]! | 0x20) === 0x65) throw new Unusual();
}

function digits(): void {
  const from = at;
  for (let byte = source[at]; byte !== undefined && byte >= ZERO && byte <= NINE; byte = source[++at]) {
    out[end++] = byte;
  }
  if (at === from) throw new Unusual();
}

function open(depthLeft: number, byte: number): void {
  if (depthLeft < 0) throw new Unusual();
  put(byte);
}

function expect(byte: number): void {
  if (source[at] !== byte) throw new Unusual();
  put(byte);
}

/** Writes a byte that was read. */
function put(byte: number): void {
  out[end++] = byte;
  at++;
}
