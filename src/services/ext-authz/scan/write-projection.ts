import { Buffer } from 'node:buffer';
import type { JsonValue } from '../../../json/value.ts';
import { seenText } from '../../../policy/projection/seen-text.ts';
import * as out from './output.ts';
import { writeBytes, writeHead, writeString, writeText } from './output.ts';
import {
  type BuiltPart,
  CLOSE,
  CONSTANT,
  DECODE,
  IF_PLAIN,
  type Listing,
  MODE_TYPE,
  MODE_VALUE,
  OPEN,
  type Program,
  STEP,
  WRITE_BYTES,
  WRITE_ENTRIES,
  WRITE_ENTRY,
  WRITE_NAMED,
  WRITE_NUMBER,
  WRITE_QUERY,
  WRITE_RAW_PATH,
  WRITE_SEGMENTS,
  WRITE_STRING,
  WRITE_TEXT,
} from './program.ts';
import { findEntry, sortedEntries } from './scan-entries.ts';
import * as memory from './scan-memory.ts';
import { integerAt, writeNumber } from './scan-numbers.ts';
import { lookAtPath, path } from './scan-path.ts';

const { slots, entries, source } = memory;
const { output } = out;

/** Builds what must be parsed. */
export interface PartBuilder {
  /** Undefined: the document does not have it. Throws where it cannot be built. */
  build(key: string): JsonValue | undefined;
}

const NULL = Buffer.from('null');
const COMMA = 0x2c;
const SLASH = 0x2f;

/**
 * Writes what a program sees of the scanned message into `output`, from `from` on, and returns where it ends. -1: only the decoder can
 * tell. Throws what `builder` throws.
 */
export function writeProjection(program: Program, from: number, builder: PartBuilder): number {
  const { steps, heads, lookups, listings, parts } = program;
  let at = from;
  output[at - 1] = 0;
  for (let step = 0; step < steps.length; ) {
    const start = steps[step + 1]!;
    const nameEnd = steps[step + 2]!;
    const end = steps[step + 3]!;
    const a = steps[step + 4]!;
    const b = steps[step + 5]!;
    let next = step + STEP;
    switch (steps[step]!) {
      case CONSTANT:
        if (a === 0 || slots[a * 2 + 1] !== 0) at = writeHead(heads, start, end, at);
        break;
      case OPEN:
        if (a === 0 || slots[a * 2 + 1] !== 0) at = writeHead(heads, start, end, at);
        else next = b;
        break;
      case CLOSE:
        output[at++] = 0x7d;
        break;
      case WRITE_STRING:
        at = writeHead(heads, start, end, at);
        if (at >= 0) at = writeString(slots[a * 2]!, slots[a * 2 + 1]!, at);
        break;
      case WRITE_NAMED:
        at = writeHead(heads, start, end, at);
        if (at >= 0) at = writeString(entries[a + 3]!, entries[a + 4]!, at);
        break;
      case WRITE_BYTES:
        at = writeBytes(heads, start, end, at);
        break;
      case WRITE_TEXT: {
        const textStart = slots[a * 2]!;
        const textEnd = slots[a * 2 + 1]!;
        if (textEnd === textStart && (textEnd === 0 || (b & 1) === 0)) break;
        at = writeHead(heads, start, end, at);
        if ((b & 2) !== 0 && at >= 0) at = writeString(textStart, textEnd, at);
        break;
      }
      case WRITE_NUMBER: {
        const numberStart = slots[a * 2]!;
        const numberEnd = slots[a * 2 + 1]!;
        if (numberEnd === 0) break;
        const number = integerAt(numberStart, numberEnd, b & 3);
        if (number === 0 && (b & 4) === 0) break;
        at = writeHead(heads, start, end, at);
        if (at >= 0) at = writeNumber(number, numberStart, numberEnd, b & 3, b >> 3, at);
        break;
      }
      case WRITE_ENTRY: {
        const { slot, name, mode } = lookups[a]!;
        const entry = findEntry(slot, name);
        if (entry < 0) break;
        at = writeHead(heads, start, end, at);
        if (mode === MODE_VALUE && at >= 0) at = writeString(entries[entry + 3]!, entries[entry + 4]!, at);
        break;
      }
      case WRITE_ENTRIES:
        if (slots[a * 2 + 1] === 0) break;
        at = writeHead(heads, start, end, at);
        if (at >= 0) at = writeEntries(a, listings[b]!, at);
        break;
      case WRITE_SEGMENTS: {
        const part = b < 0 ? undefined : parts[b]!;
        const segmentsAt = writeSegments(
          heads,
          start,
          end,
          a < 0 ? undefined : listings[a]!,
          part === undefined,
          at,
        );
        at =
          segmentsAt === NOT_SIMPLE && part !== undefined
            ? writePart(heads, start, nameEnd, part, builder, at)
            : segmentsAt;
        break;
      }
      case WRITE_QUERY:
        lookAtPath();
        // Also a `?` at the very end has no query behind it.
        if (path.queryMark + 1 >= path.end) at = writeHead(heads, start, end, at);
        else at = writePart(heads, start, nameEnd, parts[a]!, builder, at);
        break;
      case WRITE_RAW_PATH:
        at = writeHead(heads, start, end, at);
        if (a === 1 && at >= 0) at = writeString(path.start, path.queryMark, at);
        break;
      case IF_PLAIN:
        lookAtPath();
        if (path.isPlain && path.isShort) break;
        at = writePart(heads, start, nameEnd, parts[a]!, builder, at);
        next = b;
        break;
      case DECODE:
        if (slots[a * 2 + 1]! > slots[a * 2]!) return -1;
        break;
      default:
        at = writePart(heads, start, nameEnd, parts[a]!, builder, at);
    }
    if (at < 0) return -1;
    step = next;
  }
  return at;
}

/** Of the text of a part, in characters. */
const LONGEST_KEPT = 128;

/** Of a head only the name is of interest. */
function writePart(
  heads: DataView,
  start: number,
  nameEnd: number,
  part: BuiltPart,
  builder: PartBuilder,
  to: number,
): number {
  const value = builder.build(part.key);
  if (value === undefined) return to;
  const at = writeHead(heads, start, nameEnd, to);
  if (at < 0) return at;
  if (value === part.lastValue) return writeText(part.lastText, at);
  const text = seenText(part.tree, value);
  // What is frozen is shared by requests; anything else is a part of one request, and would be kept from being freed for nothing.
  if (text.length <= LONGEST_KEPT && typeof value !== 'string' && Object.isFrozen(value)) {
    part.lastValue = value;
    part.lastText = text;
  }
  return writeText(text, at);
}

function writeEntries(slot: number, { names, modes, others }: Listing, to: number): number {
  const order = sortedEntries(slot);
  if (order < 0) return -1;
  let at = to;
  output[at++] = 0x7b;
  for (let i = 0; i < order; i++) {
    const entry = memory.sorted[i]!;
    if (i > 0) output[at++] = COMMA;
    at = writeString(entries[entry + 1]!, entries[entry + 2]!, at);
    if (at < 0) return -1;
    output[at++] = 0x3a;
    at = writeEntryValue(entry, modeOf(entry, names, modes, others), at);
    if (at < 0) return -1;
  }
  output[at++] = 0x7d;
  return at;
}

function writeEntryValue(entry: number, mode: number, to: number): number {
  if (mode === MODE_VALUE) return writeString(entries[entry + 3]!, entries[entry + 4]!, to);
  let at = to;
  if (mode === MODE_TYPE) {
    output[at++] = 0x22;
    output[at++] = 0x22;
    return at;
  }
  for (const byte of NULL) output[at++] = byte;
  return at;
}

function modeOf(
  entry: number,
  names: readonly Uint8Array[],
  modes: readonly number[],
  others: number,
): number {
  const start = entries[entry + 1]!;
  const length = entries[entry + 2]! - start;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (name.length !== length) continue;
    let j = 0;
    while (j < length && source[start + j] === name[j]) j++;
    if (j === length) return modes[i]!;
  }
  return others;
}

const NOT_SIMPLE = -2;

/** Writes the segments of a path that holds no escapes. `plain`: it is known to be plain. */
function writeSegments(
  heads: DataView,
  start: number,
  end: number,
  listing: Listing | undefined,
  plain: boolean,
  to: number,
): number {
  lookAtPath();
  if (!plain && (path.hasEscapes || !path.isShort)) return NOT_SIMPLE;
  const stop = path.queryMark;
  let at = writeHead(heads, start, end, to);
  if (listing === undefined || at < 0) return at;
  let from = path.start;
  while (from < stop && source[from] === SLASH) from++;
  const { modes, others } = listing;
  output[at++] = 0x5b;
  let written = 0;
  let index = 0;
  for (let i = from; i <= stop; i++) {
    if (i < stop && source[i] !== SLASH) continue;
    const mode = index < modes.length ? modes[index]! : others;
    if (mode >= 0) {
      if (written > 0) output[at++] = COMMA;
      for (; written < index; written++) {
        at = writeEntryValue(0, 0, at);
        output[at++] = COMMA;
      }
      if (mode === MODE_VALUE) at = writeString(from, i, at);
      else at = writeEntryValue(0, mode, at);
      if (at < 0) return -1;
      written = index + 1;
    }
    index++;
    from = i + 1;
  }
  output[at++] = 0x5d;
  return at;
}
