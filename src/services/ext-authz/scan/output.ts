import { Buffer } from 'node:buffer';
import { canonicalString } from '../../../json/canonical-string.ts';
import * as memory from './scan-memory.ts';
import { fetchText, SHORT_BYTES } from './scan-memory.ts';

const { source, words } = memory;

/** Longer projections are left to the decoder. */
const MAX_OUTPUT_BYTES = 1 << 22;
/** What one step may write beside texts. */
const SLACK_BYTES = 4096;

/** Where a projection is written, in UTF-8. */
export const output: Buffer = Buffer.from(new ArrayBuffer(MAX_OUTPUT_BYTES + SLACK_BYTES));
/** The same memory, four bytes at once. */
export const outputWords: DataView = new DataView(output.buffer);
const out = output;
const outWords = outputWords;

const HIGH_BITS = 0x80808080 | 0;

const OPEN_BRACE = 0x7b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Shorter texts are written faster here than by native code. */
const SHORT_CHARACTERS = 64;

/** How a byte stands in canonical JSON: for itself, behind a backslash, or in a way of its own. */
const PLAIN = 0;
const ESCAPED = 1;
const OTHER = 2;
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === QUOTE || byte === BACKSLASH) return ESCAPED;
  return byte >= 0x20 && byte < 0x80 ? PLAIN : OTHER;
});

/** Writes bytes as they are; -1: no room for them. Without the first one, a comma, where an object begins. */
export function writeHead(heads: DataView, start: number, end: number, to: number): number {
  return writeBytes(heads, out[to - 1] === OPEN_BRACE ? start + 1 : start, end, to);
}

/** Writes bytes as they are; -1: no room for them. */
export function writeBytes(heads: DataView, start: number, end: number, to: number): number {
  if (to + end - start > MAX_OUTPUT_BYTES) return -1;
  // Four bytes at once: up to three too many, which the next step overwrites.
  for (let i = start, at = to; i < end; i += 4, at += 4) outWords.setInt32(at, heads.getInt32(i, true), true);
  return to + Math.max(end - start, 0);
}

/** Writes a piece of the message as a string. -1: no room for it. */
export function writeString(start: number, end: number, to: number): number {
  let at = to;
  if ((end - start) * 2 > MAX_OUTPUT_BYTES - at) return -1;
  if (end - start > SHORT_BYTES) fetchText(start, end);
  out[at++] = QUOTE;
  let from = start;
  for (;;) {
    // Four bytes at once, as long as each of them stands for itself.
    for (; from + 4 <= end; from += 4, at += 4) {
      const four = words.getInt32(from, true);
      const quotes = four ^ 0x22222222;
      const backslashes = four ^ 0x5c5c5c5c;
      if (((four - 0x20202020) | four | (quotes - 0x01010101) | (backslashes - 0x01010101)) & HIGH_BITS)
        break;
      outWords.setInt32(at, four, true);
    }
    if (from === end) break;
    const byte = source[from]!;
    const kind = CLASSES[byte]!;
    if (kind === OTHER) return writeText(canonicalString(source.toString('utf8', start, end)), to);
    if (kind === ESCAPED) out[at++] = BACKSLASH;
    out[at++] = byte;
    from++;
  }
  out[at++] = QUOTE;
  return at;
}

/** Writes text as it is. -1: no room for it. */
export function writeText(text: string, to: number): number {
  const { length } = text;
  if (length * 3 > MAX_OUTPUT_BYTES - to) return -1;
  if (length <= SHORT_CHARACTERS) {
    let at = to;
    let all = 0;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      out[at++] = code;
      all |= code;
    }
    if (all < 0x80) return at;
  }
  return to + out.write(text, to);
}
