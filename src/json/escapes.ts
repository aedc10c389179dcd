const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const LOWER_U = 0x75;
/** What Go's decoder makes of a surrogate alone. */
const REPLACEMENT = 0xfffd;

/**
 * The code point that `\/`, `\uXXXX` or a pair of surrogates stands for; a surrogate alone is U+FFFD. Undefined for what is no such escape.
 * `at` is behind the backslash.
 */
export function escapedCodePoint(json: Uint8Array, at: number): number | undefined {
  if (json[at] === SLASH) return SLASH;
  const unit = escapedUnit(json, at);
  if (unit === undefined || (unit & 0xf800) !== 0xd800) return unit;
  if (unit >= 0xdc00 || json[at + 5] !== BACKSLASH) return REPLACEMENT;
  const low = escapedUnit(json, at + 6);
  if (low === undefined || (low & 0xfc00) !== 0xdc00) return REPLACEMENT;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/** How many bytes the escape of a code point has behind its backslash. */
export function escapeLength(json: Uint8Array, at: number, codePoint: number): number {
  if (json[at] === SLASH) return 1;
  return codePoint > 0xffff ? 11 : 5;
}

function escapedUnit(json: Uint8Array, at: number): number | undefined {
  if (json[at] !== LOWER_U) return undefined;
  let unit = 0;
  for (let i = at + 1; i < at + 5; i++) {
    const digit = hexDigit(json[i]);
    if (digit === undefined) return undefined;
    unit = unit * 16 + digit;
  }
  return unit;
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

/** How canonical JSON escapes: those with a letter of their own, by code point. */
const LETTERS: ReadonlyMap<number, number> = new Map([
  [0x08, 0x62],
  [0x09, 0x74],
  [0x0a, 0x6e],
  [0x0c, 0x66],
  [0x0d, 0x72],
  [0x22, 0x22],
  [0x5c, 0x5c],
]);

/** Whether canonical JSON escapes a code point. */
export const isEscaped = (codePoint: number): boolean =>
  codePoint < 0x20 ||
  codePoint === 0x22 ||
  codePoint === 0x5c ||
  codePoint === 0x2028 ||
  codePoint === 0x2029;

/** Writes a code point as it stands in a string of canonical JSON, in UTF-8, never longer than its escape was. Gives the place behind it. */
export function writeCodePoint(to: Uint8Array, at: number, codePoint: number): number {
  let write = at;
  if (isEscaped(codePoint)) {
    to[write++] = BACKSLASH;
    const letter = LETTERS.get(codePoint);
    if (letter !== undefined) {
      to[write++] = letter;
      return write;
    }
    to[write++] = LOWER_U;
    for (const digit of codePoint.toString(16).padStart(4, '0')) to[write++] = digit.charCodeAt(0);
    return write;
  }
  if (codePoint < 0x80) {
    to[write++] = codePoint;
    return write;
  }
  if (codePoint < 0x800) {
    to[write++] = 0xc0 | (codePoint >> 6);
  } else {
    if (codePoint < 0x10000) to[write++] = 0xe0 | (codePoint >> 12);
    else {
      to[write++] = 0xf0 | (codePoint >> 18);
      to[write++] = 0x80 | ((codePoint >> 12) & 0x3f);
    }
    to[write++] = 0x80 | ((codePoint >> 6) & 0x3f);
  }
  to[write++] = 0x80 | (codePoint & 0x3f);
  return write;
}
