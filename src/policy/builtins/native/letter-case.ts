/**
 * Upper and lower case as Go's strings.ToUpper and ToLower: each code point by itself, by the simple mappings of Unicode 15.
 * JavaScript maps to several characters (`ß` to `SS`), looks at neighbours (final sigma) and knows a newer Unicode.
 */
export function toLower(text: string): string {
  return isAscii(text) ? text.toLowerCase() : Array.from(text, lowerRune).join('');
}

export function toUpper(text: string): string {
  return isAscii(text) ? text.toUpperCase() : Array.from(text, upperRune).join('');
}

/** Letters that were given the other case after Unicode 15. */
const NEWER =
  /[\u019b\u0264\u1c89\u1c8a\ua7cb-\ua7cf\ua7d2-\ua7d5\ua7da-\ua7dc\u{10d50}-\u{10d85}\u{16ea0}-\u{16ed3}]/u;

/** Greek letters with iota subscript: they have one upper case letter, and another form of two letters. */
const WITH_IOTA = /[\u1f80-\u1f87\u1f90-\u1f97\u1fa0-\u1fa7\u1fb3\u1fc3\u1ff3]/;

function lowerRune(rune: string): string {
  if (NEWER.test(rune)) return rune;
  const lower = rune.toLowerCase();
  return isOneRune(lower) ? lower : lower.charAt(0);
}

function upperRune(rune: string): string {
  if (NEWER.test(rune)) return rune;
  const upper = rune.toUpperCase();
  if (isOneRune(upper)) return upper;
  if (!WITH_IOTA.test(rune)) return rune;
  const code = rune.charCodeAt(0);
  return String.fromCharCode(code + (code < 0x1fb0 ? 8 : 9));
}

function isOneRune(text: string): boolean {
  return text.length === (text.codePointAt(0)! > 0xffff ? 2 : 1);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
