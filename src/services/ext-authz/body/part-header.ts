import { isBlank, trimBlanks } from './blanks.ts';
import type { ByteString } from './byte-text.ts';

/** As Go's `multipart.Reader`. */
const MAX_HEADERS = 10_000;

/** A part's header. */
export interface PartHeader {
  /** The first value of each name, by lower-case name. */
  readonly fields: ReadonlyMap<string, ByteString>;
  /** The names in `fields` that have more values. */
  readonly repeated: ReadonlySet<string>;
  /** Where the content begins. */
  readonly end: number;
}

const FIELD_NAME = /^[0-9A-Za-z!#$%&'*+.^_`|~ -]+$/;
const FIELD_VALUE = /^[\t -~\u0080-\u00ff]*$/;

/**
 * Reads a header as Go's `textproto.Reader` does: lines end in CRLF or LF, lines that begin with white space continue the
 * one before, a name with a space in it is a name of its own. `ended` when the input ends before the empty line,
 * `malformed` when a line is none of a header.
 */
export function readPartHeader(source: ByteString, start: number): PartHeader | 'ended' | 'malformed' {
  const fields = new Map<string, ByteString>();
  const repeated = new Set<string>();
  let at = start;
  if (isBlank(source[at])) return 'malformed';
  for (let count = 0; ; count++) {
    if (at >= source.length) return 'ended';
    let next = lineEnd(source, at);
    const first = lineText(source, at, next);
    if (first === '') return { fields, repeated, end: next };
    if (!first.includes(':') || count === MAX_HEADERS) return 'malformed';
    const lines = [trimBlanks(first)];
    while (isBlank(source[next])) {
      at = next;
      next = lineEnd(source, at);
      lines.push(trimBlanks(lineText(source, at, next)));
    }
    at = next;
    const line = lines.join(' ');
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1);
    if (!FIELD_NAME.test(name) || !FIELD_VALUE.test(value)) return 'malformed';
    const key = name.toLowerCase();
    if (fields.has(key)) repeated.add(key);
    else fields.set(key, value.replace(/^[ \t]+/, ''));
  }
}

/** Behind the line's ending. */
function lineEnd(source: ByteString, at: number): number {
  const newline = source.indexOf('\n', at);
  return newline < 0 ? source.length : newline + 1;
}

function lineText(source: ByteString, at: number, next: number): ByteString {
  const line = source.slice(at, next);
  return line.endsWith('\r\n') ? line.slice(0, -2) : line.endsWith('\n') ? line.slice(0, -1) : line;
}
