import { parseJson } from './parse.ts';

/** As deep as our own parser goes for keys with escapes; `JSON.parse` has no limit. */
const MAX_DEPTH = 1_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Whether a key of a JSON text is written with an escape. Right for every text that is JSON, whatever it says of others.
 *
 * `JSON.parse` of Node 26.10 must not read such texts where somebody relies on the keys: it compares the key that an earlier
 * document had at that place with the text of the key before its escapes are resolved. After `{"s\\":1}`, it gives
 * `{"s\u0022":1}` the key `s\` instead of `s"`. Keys without escapes, and strings that are no keys, are not affected.
 */
export function hasEscapedKey(text: string): boolean {
  // In JSON, a backslash stands in a string.
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at)) {
    for (let code = BACKSLASH; at < text.length && code !== QUOTE; code = text.charCodeAt(at)) {
      at += code === BACKSLASH ? 2 : 1;
    }
    do at++;
    while (isSpace(text.charCodeAt(at)));
    if (text.charCodeAt(at) === COLON) return true;
  }
  return false;
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/**
 * What `JSON.parse` says, its keys as they are written: of equal ones the last counts. Throws for what is no JSON and, where a
 * key has an escape, for what nests too deeply; there objects have no prototype, and numbers that a double cannot hold are as
 * {@link parseJson} gives them.
 */
export function platformParse(text: string): unknown {
  return hasEscapedKey(text)
    ? parseJson(text, { maxDepth: MAX_DEPTH, lenient: true })
    : (JSON.parse(text) as unknown);
}
