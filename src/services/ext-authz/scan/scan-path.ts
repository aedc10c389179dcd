import { slotAt } from './scan-check.ts';
import * as memory from './scan-memory.ts';
import { fetchText, scanned } from './scan-memory.ts';

const { slots, source } = memory;

const PATH = slotAt('attributes', 'request', 'http', 'path') * 2;

/** Longer paths are split by the decoder. */
export const MAX_SEGMENTS = 64;

/** What `lookAtPath` saw. */
export const path: {
  start: number;
  /** Where the path ends: at the first `?`, or with the target. */
  queryMark: number;
  end: number;
  /** What `pathFacts` calls plain: no server reads it in another way. */
  isPlain: boolean;
  hasEscapes: boolean;
  isShort: boolean;
} = { start: 0, queryMark: 0, end: 0, isPlain: false, hasEscapes: false, isShort: false };

const OTHER = 0;
const SEGMENT = 1;
const DOT = 2;
const SLASH = 3;
/** By byte, as the pattern PLAIN of path-facts.ts has it. */
const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (character === '/') return SLASH;
  if (character === '.') return DOT;
  return byte < 0x80 && /[\w~!&'()*+,=:@-]/.test(character) ? SEGMENT : OTHER;
});

const PERCENT = 0x25;
const QUESTION_MARK = 0x3f;
const HASH = 0x23;

let lookedAt = -1;

/** Looks at the path of the scanned message, once for each. */
export function lookAtPath(): void {
  if (lookedAt === scanned.count) return;
  lookedAt = scanned.count;
  const start = slots[PATH]!;
  const end = slots[PATH + 1]!;
  fetchText(start, end);
  let isPlain = start < end && source[start] === 0x2f;
  let hasEscapes = false;
  let slashes = 0;
  let before = OTHER;
  let at = start;
  for (; at < end; at++) {
    const byte = source[at]!;
    if (byte === QUESTION_MARK) break;
    const kind = CLASSES[byte]!;
    if (kind === SLASH) {
      slashes++;
      // An empty segment, or one that ends in a dot.
      if (before >= DOT) isPlain = false;
    } else if (kind === OTHER) {
      isPlain = false;
      if (byte === PERCENT) hasEscapes = true;
    } else if (kind === DOT && before === SLASH) {
      isPlain = false;
    }
    before = kind;
  }
  if (before === DOT) isPlain = false;
  path.start = start;
  path.queryMark = at;
  path.end = end;
  path.hasEscapes = hasEscapes;
  path.isShort = slashes < MAX_SEGMENTS;
  for (at++; at < end && isPlain; at++) {
    const byte = source[at]!;
    if (byte <= 0x20 || byte >= 0x7f || byte === HASH) isPlain = false;
  }
  path.isPlain = isPlain;
}
