import { refuse, bytes as scanned, words as scannedWords } from './scan-source.ts';

/** The engine compiles constants of this module into the code; imported ones are looked up each time. */
const bytes = scanned;
const words = scannedWords;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Steps over white space, if there is any, and gives the place behind it. */
export function spaceEnd(from: number): number {
  for (let at = from; ; at++) {
    const byte = bytes[at]!;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
  }
}

/** The place of the first quote, backslash or control character from `from` on. */
export function stopIn(from: number): number {
  const near = from + 12;
  for (let at = from; at < near; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE || byte === BACKSLASH || byte < 0x20) return at;
  }
  return stopInWords(near);
}

/**
 * As {@link stopIn}, eight bytes a step. Subtracting borrows from the byte above, but the lowest byte that is found is one
 * (Warren, Hacker's Delight, 6-1), and no other counts.
 */
export function stopInWords(from: number): number {
  for (let at = from; ; at += 8) {
    const low = stopsIn(words.getInt32(at, true));
    const high = stopsIn(words.getInt32(at + 4, true));
    if (low !== 0) return at + (lowestBit(low) >> 3);
    if (high !== 0) return at + 4 + (lowestBit(high) >> 3);
  }
}

/** The high bit of each byte that is a quote, a backslash or below 0x20; of bytes above such a one as it happens. */
function stopsIn(word: number): number {
  const quotes = word ^ 0x22222222;
  const backslashes = word ^ 0x5c5c5c5c;
  const found =
    ((quotes - 0x01010101) & ~quotes) |
    ((backslashes - 0x01010101) & ~backslashes) |
    ((word - 0x20202020) & ~word);
  return found & 0x80808080;
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** The place of the closing quote, from a backslash in the string on; refuses control characters and strings without an end. */
export function closingQuote(stop: number): number {
  let at = stop;
  while (bytes[at] === BACKSLASH) at = stopIn(escapeEnd(at + 1));
  return bytes[at] === QUOTE ? at : refuse();
}

function characters(ascii: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let i = 0; i < ascii.length; i++) table[ascii.charCodeAt(i)] = 1;
  return table;
}

/** RFC 8259 section 7. */
const SHORT_ESCAPES = characters('"\\/bfnrt');
const HEX_DIGITS = characters('0123456789abcdefABCDEF');

/** `from` is behind the backslash. */
function escapeEnd(from: number): number {
  const byte = bytes[from]!;
  if (SHORT_ESCAPES[byte] === 1) return from + 1;
  if (byte !== SMALL_U) return refuse();
  for (let at = from + 1; at <= from + 4; at++) if (HEX_DIGITS[bytes[at]!] !== 1) return refuse();
  return from + 5;
}

/** Steps over `true`, `false`, `null` or a number and gives the place behind it; refuses anything else. */
export function wordEnd(from: number): number {
  const byte = bytes[from]!;
  if (byte < 0x61) return numberEnd(from);
  const word = words.getInt32(from, true);
  if (word === 0x65757274 || word === 0x6c6c756e) return from + 4;
  return word === 0x736c6166 && bytes[from + 4] === 0x65 ? from + 5 : refuse();
}

/** The grammar of RFC 8259 section 6. */
function numberEnd(from: number): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  return fractionEnd(bytes[first] === DIGIT_0 ? first + 1 : digitsEnd(first));
}

/** Steps over a fraction and an exponent, if there are any. */
export function fractionEnd(from: number): number {
  let at = from;
  if (bytes[at] === DOT) at = digitsEnd(at + 1);
  const byte = bytes[at];
  if (byte !== 0x65 && byte !== 0x45) return at;
  const sign = bytes[at + 1];
  return digitsEnd(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
}

/** Steps over one digit or more. */
function digitsEnd(from: number): number {
  let at = from;
  for (; ; at++) {
    const byte = bytes[at]!;
    if (byte < DIGIT_0 || byte > DIGIT_9) break;
  }
  return at > from ? at : refuse();
}
