import { PortcullisError } from '../errors.ts';
import { decodeText, type TextOptions } from './decode-text.ts';
import { isDecimalFaithful, isOutOfRange } from './number.ts';
import type { JsonObject, JsonValue } from './value.ts';

/** Limits of {@link parseJson}. */
export interface JsonLimits extends TextOptions {
  /** Arrays and objects inside each other, at most; 256 when left out. */
  readonly maxDepth?: number;
  /** As `JSON.parse` does: of equal keys the last one counts, and numbers may be of any size. Both are refused when left out. */
  readonly lenient?: boolean;
}

const DEFAULT_MAX_DEPTH = 256;
/** For what has been checked already: no limit. A small integer, for the engine. */
export const ANY_DEPTH: number = 2 ** 30;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** The scanner's state is the module's: a parse runs to its end without giving way, and locals of one closure per parse cost a third more. */
let text = '';
let at = 0;
let depthLeft = 0;
let lenient = false;
/** No backslash and no control character anywhere: every string runs to the next quote. One native scan tells, and most documents are so. */
let plain = false;

// oxlint-disable-next-line no-control-regex
const NOT_PLAIN = /[\u0000-\u001f\\]/;

/** Keys come again from document to document. Handing out the same string spares slicing and hashing it; slots are simply overwritten. */
const KEY_CACHE_SLOTS = 1024;
const KEY_CACHE_MAX_LENGTH = 64;
const keyCache: string[] = Array.from({ length: KEY_CACHE_SLOTS }, () => '');

/**
 * Parses one JSON document by the letter of RFC 8259. Stricter than `JSON.parse` where a policy's evidence is at stake:
 * a key named twice in an object is refused, nesting and size are capped, bytes must be UTF-8. Numbers lose nothing
 * (see {@link JsonValue}); an escaped lone surrogate becomes U+FFFD, as Go's decoder and so OPA reads it.
 * Throws `json_invalid`, `json_duplicate_key`, `json_number_too_large` (see {@link isOutOfRange}), `json_too_deep`,
 * `json_too_large`; messages name line and column.
 */
export function parseJson(source: Uint8Array | string, limits: JsonLimits = {}): JsonValue {
  text = decodeText(source, limits);
  // Only text can hold lone surrogates unescaped: UTF-8 has none.
  if (typeof source === 'string' && !text.isWellFormed()) text = text.toWellFormed();
  plain = !NOT_PLAIN.test(text);
  at = 0;
  depthLeft = limits.maxDepth ?? DEFAULT_MAX_DEPTH;
  lenient = limits.lenient === true;
  try {
    const value = parseValue();
    skipSpace();
    if (at < text.length) throw invalid('the document ends here, but more follows');
    return value;
  } finally {
    text = '';
  }
}

/** Steps over white space and gives the code of the next character; NaN at the end. */
function skipSpace(): number {
  let code = text.charCodeAt(at);
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at);
  return code;
}

function parseValue(): JsonValue {
  const code = skipSpace();
  switch (code) {
    case QUOTE:
      return parseString();
    case OPEN_BRACE:
      return parseObject();
    case OPEN_BRACKET:
      return parseArray();
    case 0x74:
      return literal('true', true);
    case 0x66:
      return literal('false', false);
    case 0x6e:
      return literal('null', null);
    default:
      if (code === MINUS || (code >= DIGIT_0 && code <= DIGIT_9)) return parseNumber(code);
      throw at >= text.length ? invalid('the document ends too early') : invalid('expected a value');
  }
}

function literal<T extends JsonValue>(word: string, value: T): T {
  if (!text.startsWith(word, at)) throw invalid('expected a value');
  at += word.length;
  return value;
}

function parseObject(): JsonObject {
  enter();
  const object: JsonObject = Object.create(null) as JsonObject;
  let code = skipSpace();
  if (code === CLOSE_BRACE) {
    leave();
    return object;
  }
  for (;;) {
    if (code !== QUOTE) throw invalid('expected a key in double quotes');
    const keyAt = at;
    const key = plain ? parsePlainKey() : parseString();
    if (key in object && !lenient) {
      at = keyAt;
      throw failure('json_duplicate_key', `the key ${JSON.stringify(key.slice(0, 40))} is named twice`);
    }
    if (skipSpace() !== COLON) throw invalid('expected a colon');
    at++;
    object[key] = parseValue();
    code = skipSpace();
    if (code === COMMA) {
      at++;
      code = skipSpace();
    } else if (code === CLOSE_BRACE) {
      leave();
      return object;
    } else {
      throw invalid('expected a comma or the end of the object');
    }
  }
}

function parseArray(): JsonValue[] {
  enter();
  const array: JsonValue[] = [];
  if (skipSpace() === CLOSE_BRACKET) {
    leave();
    return array;
  }
  for (;;) {
    array.push(parseValue());
    const code = skipSpace();
    if (code === COMMA) {
      at++;
    } else if (code === CLOSE_BRACKET) {
      leave();
      return array;
    } else {
      throw invalid('expected a comma or the end of the array');
    }
  }
}

function enter(): void {
  if (depthLeft-- <= 0) throw failure('json_too_deep', 'arrays and objects nest too deeply');
  at++;
}

function leave(): void {
  depthLeft++;
  at++;
}

/** As {@link parseString} where the document is plain. */
function parsePlainKey(): string {
  const start = ++at;
  const end = text.indexOf('"', start);
  if (end < 0) throw unclosed(text.length);
  at = end + 1;
  const length = end - start;
  if (length > KEY_CACHE_MAX_LENGTH) return text.slice(start, end);
  const mixed =
    text.charCodeAt(start) * 7 + text.charCodeAt(start + (length >> 1)) * 31 + text.charCodeAt(end - 1) * 131;
  const slot = (mixed + length * 521) & (KEY_CACHE_SLOTS - 1);
  const cached = keyCache[slot] as string;
  if (cached.length === length && text.startsWith(cached, start)) return cached;
  const key = text.slice(start, end);
  keyCache[slot] = key;
  return key;
}

/** `at` stands on the opening quote. */
function parseString(): string {
  const start = ++at;
  if (plain) {
    const end = text.indexOf('"', start);
    if (end < 0) throw unclosed(text.length);
    at = end + 1;
    return text.slice(start, end);
  }
  for (let i = start; ; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      at = i + 1;
      return text.slice(start, i);
    }
    if (code === BACKSLASH) return parseEscapedString(start, i);
    if (!(code >= 0x20)) throw unclosed(i);
  }
}

function unclosed(place: number): PortcullisError {
  at = place;
  return invalid(
    place < text.length ? 'control characters must be escaped in a string' : 'the string is not closed',
  );
}

/** Finds the closing quote, then lets the engine's own parser do what it does best and exactly: the escapes. */
function parseEscapedString(start: number, firstEscape: number): string {
  let i = firstEscape;
  for (;;) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) break;
    if (!(code >= 0x20)) throw unclosed(i);
    i += code === BACKSLASH ? 2 : 1;
  }
  at = i + 1;
  try {
    return (JSON.parse(text.slice(start - 1, i + 1)) as string).toWellFormed();
  } catch {
    at = firstEscape;
    throw invalid('the string holds an escape that JSON does not know');
  }
}

/** The grammar of RFC 8259 section 6; a number that a double would not write back keeps its text. */
function parseNumber(first: number): JsonValue {
  const start = at;
  let i = first === MINUS ? start + 1 : start;
  let code = text.charCodeAt(i);
  if (code === DIGIT_0) {
    code = text.charCodeAt(++i);
  } else {
    if (!isDigit(code)) throw numberInvalid(i);
    do code = text.charCodeAt(++i);
    while (isDigit(code));
  }
  const integerEnd = i;
  if (code === DOT) {
    i = digits(i + 1);
    code = text.charCodeAt(i);
  }
  if (code === 0x65 || code === 0x45) {
    code = text.charCodeAt(i + 1);
    i = digits(code === PLUS || code === MINUS ? i + 2 : i + 1);
  }
  at = i;
  const source = text.slice(start, i);
  const number = Number(source);
  // Fifteen digits and less are exact, so an integer of that length needs no look at its text; `-0` is none of them.
  if (i === integerEnd && i - start <= 15 && number !== 0) return number;
  if (isDecimalFaithful(number, source)) return number;
  // What a double can hold is far inside the range.
  if (!lenient && (number === 0 || !Number.isFinite(number)) && isOutOfRange(source)) {
    at = start;
    throw failure('json_number_too_large', 'the number is too large or too small to calculate with');
  }
  return JSON.rawJSON(source);
}

/** Steps over one digit or more and gives the place behind them. */
function digits(from: number): number {
  let i = from;
  if (!isDigit(text.charCodeAt(i))) throw numberInvalid(i);
  do i++;
  while (isDigit(text.charCodeAt(i)));
  return i;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}

function numberInvalid(place: number): PortcullisError {
  at = place;
  return invalid('expected a digit');
}

function invalid(problem: string): PortcullisError {
  return failure('json_invalid', problem);
}

function failure(
  code: 'json_invalid' | 'json_duplicate_key' | 'json_number_too_large' | 'json_too_deep',
  problem: string,
): PortcullisError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return new PortcullisError(code, `${problem} at line ${line}, column ${column}`);
}
