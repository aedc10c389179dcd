/** Go string and rune literals as strconv.Quote writes them, and hexadecimal dumps of a string's UTF-8 bytes. */

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/**
 * What Go calls printable: letters, marks, numbers, punctuation, symbols and the ASCII space. Go 1.26 knows Unicode 15,
 * the runtime may know more: a character assigned later is written as it is where Go escapes it.
 */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

export function isPrintable(character: string): boolean {
  return PRINTABLE.test(character);
}

/** strconv.Quote, or QuoteToASCII with `ascii`. */
export function quote(text: string, ascii = false): string {
  return `"${Array.from(text, (character) => escaped(character, '"', ascii)).join('')}"`;
}

/** strconv.QuoteRune, or QuoteRuneToASCII with `ascii`. */
export function quoteRune(character: string, ascii = false): string {
  return `'${escaped(character, "'", ascii)}'`;
}

/** strconv.CanBackquote: no backquote, no control character but tab, no byte order mark. */
export function canBackquote(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return !/[\u0000-\u0008\u000a-\u001f\u007f`\ufeff]/u.test(text);
}

function escaped(character: string, delimiter: string, ascii: boolean): string {
  if (character === delimiter || character === '\\') return `\\${character}`;
  const code = character.codePointAt(0)!;
  if ((code < 0x80 || !ascii) && isPrintable(character)) return character;
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  // A lone surrogate is no character in UTF-8: Go would have read U+FFFD.
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, '0');
}
