import { type ByteString } from './byte-text.ts';
import { joinContinuations, type Parameters } from './media-type-continuation.ts';

/** A media type or a disposition with its parameters. */
export interface MediaType {
  /** Lower case, without white space around. */
  readonly type: string;
  /** Undefined when they cannot be read. */
  readonly parameters: Parameters | undefined;
}

/**
 * Reads a media type or a disposition as Go's `mime.ParseMediaType` does (RFC 2045 section 5.1, RFC 2231): undefined
 * when there is none, without parameters where these are malformed or one is named twice with different values.
 */
export function parseMediaType(source: ByteString): MediaType | undefined {
  const semicolon = source.indexOf(';');
  const base = semicolon < 0 ? source : source.slice(0, semicolon);
  const start = afterSpace(base, 0);
  const slash = afterToken(base, start);
  const end = base[slash] === '/' ? afterToken(base, slash + 1) : slash;
  if (slash === start || end === slash + 1 || afterSpace(base, end) < base.length) return undefined;
  const type = base.slice(start, end).toLowerCase();
  return { type, parameters: semicolon < 0 ? NO_PARAMETERS : readParameters(source, semicolon) };
}

const NO_PARAMETERS: Parameters = { values: new Map(), unclear: new Set() };

function readParameters(source: ByteString, from: number): Parameters | undefined {
  const parameters = new Map<string, ByteString>();
  let at = from;
  for (;;) {
    at = afterSpace(source, at);
    if (at === source.length) return joinContinuations(parameters);
    if (source[at] !== ';') return undefined;
    const nameStart = afterSpace(source, at + 1);
    if (nameStart === source.length) return joinContinuations(parameters);
    const nameEnd = afterToken(source, nameStart);
    const equals = afterSpace(source, nameEnd);
    if (nameEnd === nameStart || source[equals] !== '=') return undefined;
    const value = readValue(source, afterSpace(source, equals + 1));
    if (value === undefined) return undefined;
    const name = source.slice(nameStart, nameEnd).toLowerCase();
    if ((parameters.get(name) ?? value.text) !== value.text) return undefined;
    parameters.set(name, value.text);
    at = value.end;
  }
}

interface Value {
  readonly text: ByteString;
  readonly end: number;
}

function readValue(source: ByteString, at: number): Value | undefined {
  if (source[at] === '"') return readQuoted(source, at + 1);
  const end = afterToken(source, at);
  return end > at ? { text: source.slice(at, end), end } : undefined;
}

const IN_QUOTES = /["\\\r\n]/g;
const ESCAPED = '()<>@,;:\\"/[]?=';

/** A backslash escapes what a token cannot hold, and stands for itself elsewhere: some clients send Windows paths as they are. */
function readQuoted(source: ByteString, from: number): Value | undefined {
  let text = '';
  let start = from;
  IN_QUOTES.lastIndex = from;
  for (let found = IN_QUOTES.exec(source); found !== null; found = IN_QUOTES.exec(source)) {
    if (found[0] === '"') return { text: text + source.slice(start, found.index), end: found.index + 1 };
    if (found[0] !== '\\') return undefined;
    const next = source[found.index + 1];
    if (next === undefined || !ESCAPED.includes(next)) continue;
    text += source.slice(start, found.index);
    start = found.index + 1;
    IN_QUOTES.lastIndex = start + 1;
  }
  return undefined;
}

const NOT_TOKEN = /[^0-9A-Za-z!#$%&'*+.^_`{|}~-]/g;
const NOT_ASCII_SPACE = /[^\t-\r ]/g;
/** What else Go's `unicode.IsSpace` is, in UTF-8. */
const OTHER_SPACE = /\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80/y;

function afterToken(source: ByteString, at: number): number {
  return nextIndex(NOT_TOKEN, source, at);
}

function afterSpace(source: ByteString, from: number): number {
  let at = nextIndex(NOT_ASCII_SPACE, source, from);
  OTHER_SPACE.lastIndex = at;
  while (OTHER_SPACE.test(source)) {
    at = nextIndex(NOT_ASCII_SPACE, source, OTHER_SPACE.lastIndex);
    OTHER_SPACE.lastIndex = at;
  }
  return at;
}

/** Where the pattern, a global one, is found first, else the end. */
function nextIndex(pattern: RegExp, source: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(source)?.index ?? source.length;
}
