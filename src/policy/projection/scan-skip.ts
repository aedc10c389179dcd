import { MAX_SCANNED_DEPTH, refuse, scan, bytes as scanned } from './scan-source.ts';
import { closingQuote, fractionEnd, spaceEnd, stopInWords, wordEnd } from './scan-tokens.ts';

/** The engine compiles constants of this module into the code; imported ones are looked up each time, which costs a quarter. */
const bytes = scanned;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const DOT = 0x2e;
const SMALL_E = 0x65;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Of each array or object that is open, whether an object holds it. */
const holders = new Uint8Array(MAX_SCANNED_DEPTH);

/** Strings that are longer are stepped over by words. */
const SHORT_STRING = 12;

/**
 * Steps over a value that nobody sees and gives the place behind it. All of its syntax is checked, and its depth; that
 * keys differ and numbers are in range is not. In one piece, because a call for each token takes as long as the token.
 * @param from where it begins, or white space before it
 */
export function valueEnd(from: number): number {
  const { depthLeft } = scan;
  let depth = 0;
  let inObject = 0;
  let wantsKey = 0;
  let at = from | 0;
  for (;;) {
    let byte = bytes[at]!;
    if (byte <= 0x20) byte = bytes[(at = spaceEnd(at))]!;
    if (byte === QUOTE) {
      byte = bytes[++at]!;
      const far = at + SHORT_STRING;
      while (byte !== QUOTE && byte !== BACKSLASH && byte >= 0x20) {
        if (at === far) {
          at = stopInWords(at);
          byte = bytes[at]!;
          break;
        }
        byte = bytes[++at]!;
      }
      if (byte !== QUOTE) at = closingQuote(at);
      at++;
      if (wantsKey === 1) {
        if (bytes[at] !== COLON) at = spaceEnd(at);
        if (bytes[at] !== COLON) return refuse();
        at++;
        wantsKey = 0;
        continue;
      }
    } else if (wantsKey === 1) {
      return refuse();
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === depthLeft) return refuse();
      holders[depth++] = inObject;
      inObject = byte === OPEN_BRACE ? 1 : 0;
      at = spaceEnd(at + 1);
      // The closing ones stand two behind the opening ones.
      if (bytes[at] !== byte + 2) {
        wantsKey = inObject;
        continue;
      }
      inObject = holders[--depth]!;
      at++;
    } else if (byte > DIGIT_0 && byte <= DIGIT_9) {
      do byte = bytes[++at]!;
      while (byte >= DIGIT_0 && byte <= DIGIT_9);
      if (byte === DOT || (byte | 0x20) === SMALL_E) at = fractionEnd(at);
    } else {
      at = wordEnd(at);
    }
    for (;;) {
      if (depth === 0) return at;
      byte = bytes[at]!;
      if (byte <= 0x20) byte = bytes[(at = spaceEnd(at))]!;
      at++;
      if (byte === COMMA) break;
      if (byte !== (inObject === 1 ? CLOSE_BRACE : CLOSE_BRACKET)) return refuse();
      inObject = holders[--depth]!;
    }
    wantsKey = inObject;
  }
}
