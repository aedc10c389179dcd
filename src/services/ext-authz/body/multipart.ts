import { PortcullisError } from '../../../errors.ts';
import type { ByteString } from './byte-text.ts';
import { type PartHeader, readPartHeader } from './part-header.ts';

/** One part of a multipart body. */
export interface Part extends Pick<PartHeader, 'fields' | 'repeated'> {
  /** As it stands there. */
  readonly content: ByteString;
}

/** Far beyond what forms have; Go's own `ReadForm` stops at 1000. */
const MAX_PARTS = 10_000;
/** Go reads the lines around parts through a buffer of this many bytes and refuses longer ones. */
const MAX_LINE_BYTES = 4096;

/**
 * Splits a multipart body as Go's `multipart.Reader` does (RFC 2046 section 5.1): a preamble is stepped over, what
 * follows the last boundary is not looked at, line ends are those of the first boundary line. A body that ends inside a
 * part's header ends there without an error, one that ends in a part's content is refused.
 * Throws `invalid_request`, `over_limit` (10,000 parts). Linear.
 */
export function readParts(source: ByteString, boundary: ByteString): Part[] {
  if (boundary === '') throw malformed('its boundary is empty');
  const reader = new PartReader(source, boundary);
  const parts: Part[] = [];
  for (let part = reader.next(); part !== undefined; part = reader.next()) {
    parts.push(part);
    if (parts.length > MAX_PARTS) {
      throw new PortcullisError('over_limit', `The multipart body has more than ${MAX_PARTS} parts`);
    }
  }
  return parts;
}

class PartReader {
  readonly #source: ByteString;
  readonly #dashes: ByteString;
  #newline = '\r\n';
  #at = 0;
  #inPreamble = true;

  constructor(source: ByteString, boundary: ByteString) {
    this.#source = source;
    this.#dashes = `--${boundary}`;
  }

  next(): Part | undefined {
    if (!this.#findBoundary()) return undefined;
    const header = readPartHeader(this.#source, this.#at);
    if (header === 'malformed') throw malformed("a part's header is malformed");
    return header === 'ended' ? undefined : this.#readContent(header);
  }

  /** Steps over the next boundary line; false at the last. */
  #findBoundary(): boolean {
    for (let emptyLines = 0; ; ) {
      const line = this.#line();
      if (this.#isBoundary(line)) {
        this.#inPreamble = false;
        return true;
      }
      if (this.#isLastBoundary(line)) return false;
      if (!line.endsWith('\n')) throw malformed('it ends before its last boundary');
      if (this.#inPreamble) continue;
      if (line !== this.#newline || emptyLines++ > 0) throw malformed('a boundary is not a line of its own');
    }
  }

  #line(): ByteString {
    const newline = this.#source.indexOf('\n', this.#at);
    const end = newline < 0 ? this.#source.length : newline + 1;
    const length = end - this.#at;
    if (length > MAX_LINE_BYTES || (newline < 0 && length === MAX_LINE_BYTES)) {
      throw malformed(`a line outside of parts has more than ${MAX_LINE_BYTES} bytes`);
    }
    const line = this.#source.slice(this.#at, end);
    this.#at = end;
    return line;
  }

  #isBoundary(line: ByteString): boolean {
    if (!line.startsWith(this.#dashes)) return false;
    const rest = withoutBlanks(line.slice(this.#dashes.length));
    // Against the letter of the RFC, but it occurs: bare line feeds, then everywhere.
    if (this.#inPreamble && rest === '\n') this.#newline = '\n';
    return rest === this.#newline;
  }

  #isLastBoundary(line: ByteString): boolean {
    if (!line.startsWith(`${this.#dashes}--`)) return false;
    const rest = withoutBlanks(line.slice(this.#dashes.length + 2));
    return rest === '' || rest === this.#newline;
  }

  #readContent({ fields, repeated, end: start }: PartHeader): Part {
    const end = this.#contentEnd(start);
    this.#at = end;
    return { fields, repeated, content: this.#source.slice(start, end) };
  }

  #contentEnd(start: number): number {
    // An empty part may go without the line ending that belongs to the boundary.
    const isAtBoundary = this.#source.startsWith(this.#dashes, start);
    if (isAtBoundary && this.#endsBoundary(start + this.#dashes.length)) return start;
    const delimiter = this.#newline + this.#dashes;
    let from = isAtBoundary ? start + this.#dashes.length : start;
    for (;;) {
      const found = this.#source.indexOf(delimiter, from);
      if (found < 0) throw malformed('it ends inside a part');
      from = found + delimiter.length;
      if (this.#endsBoundary(from)) return found;
    }
  }

  /** Whether the boundary that ends at `at` is not the beginning of something longer. */
  #endsBoundary(at: number): boolean {
    const next = this.#source[at];
    return next === undefined || ' \t\r\n'.includes(next) || this.#source.startsWith('--', at);
  }
}

function withoutBlanks(text: ByteString): ByteString {
  return text.replace(/^[ \t]+/, '');
}

function malformed(problem: string): PortcullisError {
  return new PortcullisError('invalid_request', `The multipart body cannot be read: ${problem}`);
}
