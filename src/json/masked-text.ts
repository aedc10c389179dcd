import { Buffer } from 'node:buffer';
import type { MaskedText, MaskTree } from './mask-tree.ts';
import { nextHash, type TextMask, textMask } from './text-mask.ts';

/** Longer texts are left to the parser, … */
const MAX_BYTES = 64 * 1024;
/** … deeper ones, … */
const MAX_DEPTH = 64;
/** … and objects with more members: each key is compared with those before it. */
const MAX_KEYS = 128;
/** Exponents that are longer, with their letter and sign, may be out of range, … */
const MAX_EXPONENT_CHARACTERS = 6;
/** … and numbers of more characters. */
const MAX_NUMBER_CHARACTERS = 1000;

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const SMALL_U = 0x75;
const SMALL_D = 0x64;
const SMALL_E = 0x65;
const DIGIT_9 = 0x39;

/** The text and a zero behind it. Always the same memory, which the engine then need not look for. */
const bytes: Buffer<ArrayBuffer> = Buffer.alloc(MAX_BYTES + 1);
/** What is left of it. Only where null stands in for less than that it may be longer. */
const out: Buffer<ArrayBuffer> = Buffer.alloc(MAX_BYTES + 1024);
const NULL = Buffer.from('null');
/** Of the keys of all objects that are open. */
const hashes = new Int32Array((MAX_DEPTH + 1) * MAX_KEYS);

/** The state is the module's: a scan runs to its end without giving way. */
let at = 0;
let depth = 0;
let keysOpen = 0;
/** How many masked values the scan is in. */
let hidden = 0;
/** Where the text begins that is not written yet. */
let from = 0;
/** How much is written. */
let written = 0;
/** Something that only the parser can tell. */
let isUnusual = false;
let erased: number[] = [];

/**
 * A JSON text without what a tree masks, cut out of the text as it stands; white space becomes spaces.
 * Undefined for what is better parsed: texts that are long, deep or wide, and those that `parseJson` might refuse or read as
 * something else: keys that are (or may be) named twice, numbers that may be out of range, escaped surrogates.
 * @param text one JSON value in UTF-8, which somebody has checked: of what is none it makes something
 */
export function maskedText(text: Uint8Array, tree: MaskTree): MaskedText | undefined {
  const { byteLength } = text;
  if (byteLength > MAX_BYTES) return undefined;
  bytes.set(text);
  bytes[byteLength] = 0;
  at = depth = keysOpen = hidden = from = written = 0;
  isUnusual = false;
  erased = [];
  const mask = textMask(tree);
  skipMasked(mask);
  skipSpace();
  if (isUnusual) return undefined;
  if (mask.place >= 0) return { text: undefined, erased };
  if (from === 0) return { text: bytes.subarray(0, byteLength), erased };
  keepUntil(byteLength);
  return isUnusual ? undefined : { text: out.subarray(0, written), erased };
}

/** Leaves out what stands between two places. */
function cut(start: number, end: number): void {
  if (hidden > 0) return;
  keepUntil(start);
  from = end;
}

function keepUntil(end: number): void {
  if (end > from) keep(bytes, from, end);
}

function keep(piece: Buffer, start: number, end: number): void {
  if (end - start > out.length - written) isUnusual = true;
  else written += piece.copy(out, written, start, end);
}

/** Gives the byte behind white space, which becomes spaces: a log line must not break. */
function skipSpace(): number {
  let byte = bytes[at]!;
  while (byte <= 0x20 && byte !== 0) {
    if (byte !== SPACE) bytes[at] = SPACE;
    byte = bytes[++at]!;
  }
  return byte;
}

/** Steps over a value, and notes what is masked in it; gives whether all of it is. */
function skipMasked(mask: TextMask | undefined): boolean {
  if (mask === undefined || mask.place < 0) {
    skipValue(mask);
    return false;
  }
  erased.push(mask.place);
  hidden++;
  skipValue(mask);
  hidden--;
  return true;
}

function skipValue(mask: TextMask | undefined): void {
  const byte = skipSpace();
  if (byte === QUOTE) skipString();
  else if (byte === OPEN_BRACE) skipObject(mask);
  else if (byte === OPEN_BRACKET) skipArray(mask);
  else skipWord();
}

function skipObject(mask: TextMask | undefined): void {
  const firstKey = keysOpen;
  if (!enter()) return;
  /** Whether nothing is kept before the member: then it goes with the comma behind it, and otherwise with the one before. */
  let isFirst = true;
  let commaAt = at++;
  for (let byte = skipSpace(); byte === QUOTE && !isUnusual; byte = skipSpace()) {
    const keyAt = at;
    const child = skipKey(mask, firstKey);
    const isMasked = skipMasked(child);
    if (isMasked && !isFirst) cut(commaAt, at);
    byte = skipSpace();
    if (byte === COMMA) commaAt = at++;
    if (isMasked && isFirst) cut(keyAt, at);
    isFirst &&= isMasked;
    if (byte !== COMMA) break;
  }
  keysOpen = firstKey;
  leave(CLOSE_BRACE);
}

function skipArray(mask: TextMask | undefined): void {
  if (!enter()) return;
  at++;
  const elements = mask === undefined || mask.elements.size === 0 ? undefined : mask.elements;
  let byte = skipSpace();
  for (let index = 0; byte !== CLOSE_BRACKET; index++) {
    const start = at;
    if (skipMasked(elements?.get(index))) {
      cut(start, at);
      if (hidden === 0) keep(NULL, 0, NULL.length);
    }
    byte = skipSpace();
    if (byte !== COMMA) break;
    at++;
    byte = skipSpace();
  }
  leave(CLOSE_BRACKET);
}

/** False: it is too deep to go on. */
function enter(): boolean {
  if (++depth > MAX_DEPTH) isUnusual = true;
  return depth <= MAX_DEPTH;
}

function leave(closing: number): void {
  depth--;
  if (bytes[at++] !== closing) isUnusual = true;
}

/** Steps over a key and its colon, and gives what is masked of its value. */
function skipKey(mask: TextMask | undefined, firstKey: number): TextMask | undefined {
  const start = at + 1;
  let end = start;
  let hash = 0;
  let byte = bytes[end]!;
  while (byte !== QUOTE && byte !== BACKSLASH && byte !== 0) {
    hash = nextHash(hash, byte);
    byte = bytes[++end]!;
  }
  for (let i = firstKey; i < keysOpen; i++) if (hashes[i] === hash) isUnusual = true;
  if (byte !== QUOTE || keysOpen - firstKey === MAX_KEYS) isUnusual = true;
  if (isUnusual) return undefined;
  hashes[keysOpen++] = hash;
  at = end + 1;
  skipSpace();
  at++;
  const place = mask === undefined ? -1 : mask.hashes.indexOf(hash);
  if (place < 0) return undefined;
  // Another key with the same hash is so rare that the parser may have it.
  if (bytes.compare(mask!.keys[place]!, undefined, undefined, start, end) !== 0) isUnusual = true;
  return mask!.children[place];
}

function skipString(): void {
  let i = at + 1;
  let byte = bytes[i]!;
  while (byte !== QUOTE && byte !== 0) {
    if (byte === BACKSLASH) {
      byte = bytes[++i]!;
      if (byte === 0 || (byte === SMALL_U && (bytes[i + 1]! | 0x20) === SMALL_D)) break;
    }
    byte = bytes[++i]!;
  }
  if (byte !== QUOTE) isUnusual = true;
  at = i + 1;
}

/** `true`, `false`, `null`, or a number. */
function skipWord(): void {
  const start = at;
  let byte = bytes[at]!;
  const isNumber = byte <= DIGIT_9;
  let exponentAt = -1;
  while (byte > 0x20 && byte !== COMMA && byte !== CLOSE_BRACE && byte !== CLOSE_BRACKET) {
    if (isNumber && (byte | 0x20) === SMALL_E) exponentAt = at;
    byte = bytes[++at]!;
  }
  const isLong =
    at - start > MAX_NUMBER_CHARACTERS || (exponentAt >= 0 && at - exponentAt > MAX_EXPONENT_CHARACTERS);
  if (at === start || (isNumber && isLong)) isUnusual = true;
}
