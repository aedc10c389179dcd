/** The Huffman code (RFC 7541, Appendix B). It is canonical, so that the lengths of its codes say all of it. */

/** The length of each symbol's code in bits as a digit of base 36, 32 symbols a line; the last is EOS. */
const LENGTHS =
  'dnsssssssoussussssssssusssssssss' +
  '6aacd68baa8b8666555666666678f6ca' +
  'd67777777777777777777777878djde6' +
  'f56565666577666567655677777fbeds' +
  'kmkkmmmnmnnnnnonoomnonnnnlmnmnno' +
  'mlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrr' +
  'koklmllnmmppooqnqrqqrrrrrsrrrrrq' +
  'u';

/** Which symbol ends every text by its first bits, and is refused inside one. */
export const EOS = 256;

/** The longest code, which is EOS's. */
export const MAX_CODE_BITS = 30;

/** Lengths in bits by symbol, 0 to 256. */
export const CODE_BITS: Uint8Array = Uint8Array.from(LENGTHS, (digit) => Number.parseInt(digit, 36));

/** All symbols by the length of their codes, then by number: the order in which canonical codes count up. */
export const SYMBOLS: Uint16Array = Uint16Array.from(CODE_BITS.keys()).sort(
  (a, b) => CODE_BITS[a]! - CODE_BITS[b]! || a - b,
);

/** Codes by symbol. */
export const CODES: Uint32Array = new Uint32Array(CODE_BITS.length);

/** By length: the first code that long, and where its symbol is in SYMBOLS; the codes of that length end before LAST_CODE. */
export const FIRST_CODE: Uint32Array = new Uint32Array(MAX_CODE_BITS + 1);
export const LAST_CODE: Uint32Array = new Uint32Array(MAX_CODE_BITS + 1);
export const FIRST_SYMBOL: Uint16Array = new Uint16Array(MAX_CODE_BITS + 1);

for (let bits = 1, code = 0, at = 0; bits <= MAX_CODE_BITS; bits++) {
  FIRST_CODE[bits] = code;
  FIRST_SYMBOL[bits] = at;
  for (; at < SYMBOLS.length && CODE_BITS[SYMBOLS[at]!] === bits; at++) CODES[SYMBOLS[at]!] = code++;
  LAST_CODE[bits] = code;
  code *= 2;
}
