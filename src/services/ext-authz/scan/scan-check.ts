import { isUtf8 } from 'node:buffer';
import { CheckRequestSchema } from '../../../gen/envoy/service/auth/v3/external_auth_pb.ts';
import * as memory from './scan-memory.ts';
import { ENTRY, MAX_ENTRIES, MAX_SCANNED_BYTES, SHORT_BYTES, scanned } from './scan-memory.ts';
import { isStructEntry } from './scan-struct.ts';
import {
  BYTES,
  ENTRY_KEY,
  ENTRY_OF_STRUCTS,
  ENTRY_OF_TEXTS,
  ENTRY_VALUE,
  type FieldShape,
  MESSAGE,
  type MessageShape,
  NEXT_SHIFT,
  NUMBER,
  ONEOF,
  type Shape,
  SLOT_SHIFT,
  shapeOf,
  TAGS,
  TEXT,
} from './shape.ts';

/** What CheckRequests consist of, and where each part is noted. */
export const CHECK_SHAPE: Shape = shapeOf(CheckRequestSchema);

/** The slot of a field that CheckRequests have. */
export function slotAt(...path: readonly string[]): number {
  let shape: FieldShape = CHECK_SHAPE.root;
  for (const name of path) shape = (shape as MessageShape).fields.get(name)!;
  return shape.slot;
}

// Constants of this module are compiled into the code; imported ones are not.
const { source, words, slots, entries } = memory;
const { actions, oneofActions, oneofSlots } = CHECK_SHAPE;

/** Long messages are brought into memory in pieces, without the long texts between them. */
const PIECE_BYTES = 4096;
/** A tag, a length and a short text. */
const STEP_BYTES = SHORT_BYTES + 32;

/** The messages around the one being scanned. */
const ends = new Int32Array(16);
const tables = new Int32Array(16);

const HIGH_BITS = 0x80808080 | 0;

/** How far the message is in memory. */
let copied = 0;

/**
 * Where the bytes above 0x7f are, four bytes by four, in the order of the message. They are few: some lengths and numbers. So one pass
 * says of all texts that they are ASCII, instead of one pass for each.
 */
const highs = new Int32Array(MAX_SCANNED_BYTES / 4 + 64);
let highCount = 0;
const NOWHERE = 0x7fffffff;

/**
 * Goes through a CheckRequest once and notes where everything is. True: it is one that `readCheckRequest` reads, and the memory says what it
 * says. False: it may be one that must be refused, or one that only the decoder reads (a oneof with two members, typed metadata, varints that
 * are longer than they need be in tags, …); then the memory says nothing. All of it is checked as the decoder checks it: wire types, lengths,
 * UTF-8, Structs and depth.
 *
 * One function with an explicit stack: calls between the levels cost a third.
 */
export function scanCheck(bytes: Uint8Array, maxBytes: number, maxDepth: number): boolean {
  const { length } = bytes;
  scanned.owner = undefined;
  if (length > maxBytes || length > MAX_SCANNED_BYTES || maxDepth < CHECK_SHAPE.depth) return false;
  scanned.bytes = bytes;
  scanned.count++;
  slots.fill(0);
  copied = 0;
  highCount = 0;
  let nextHigh = 0;
  let frontier = copyFrom(bytes, 0);
  let entryCount = 0;
  let depth = 0;
  let table = 0;
  let end = length;
  let at = 0;
  for (;;) {
    while (at === end) {
      if (depth === 0) {
        scanned.entryCount = entryCount;
        return true;
      }
      depth--;
      end = ends[depth]!;
      table = tables[depth]!;
    }
    if (at >= frontier) frontier = copyFrom(bytes, at);
    const tag = source[at]!;
    let action = tag < TAGS ? actions[table * TAGS + tag]! : 0;
    if (action === 0) {
      at = skipUnknown(table, at, end);
      if (at < 0) return false;
      continue;
    }
    at++;
    if ((action & 15) === ONEOF) {
      const member = action >> SLOT_SHIFT;
      const group = oneofSlots[member]! * 2;
      const other = slots[group]!;
      if (other !== 0 && other !== member + 1) return false;
      slots[group] = member + 1;
      action = oneofActions[member]!;
    }
    const kind = action & 15;
    const slot = ((action >> SLOT_SHIFT) & 127) * 2;
    if (kind === NUMBER) {
      slots[slot] = at;
      at = varintEnd(at, end);
      if (at < 0) return false;
      slots[slot + 1] = at;
      continue;
    }
    if (at === end) return false;
    let size = source[at++]!;
    if (size >= 0x80) {
      const behind = varintEnd(at - 1, end);
      // Longer lengths are beyond any message, or longer than they need be.
      if (behind < 0 || behind - at > 3) return false;
      size &= 0x7f;
      for (let shift = 7; at < behind; shift += 7) size |= (source[at++]! & 0x7f) << shift;
    }
    if (size > end - at) return false;
    const stop = at + size;
    if (kind === TEXT) {
      while (highs[nextHigh]! + 4 <= at) nextHigh++;
      if ((stop > highs[nextHigh]! || size > SHORT_BYTES) && !isText(bytes, at, stop)) return false;
      slots[slot] = at;
      slots[slot + 1] = stop;
      at = stop;
    } else if (kind === MESSAGE) {
      slots[slot + 1] = 1;
      ends[depth] = end;
      tables[depth] = table;
      depth++;
      table = action >> NEXT_SHIFT;
      end = stop;
    } else if (kind === ENTRY_OF_TEXTS) {
      if (entryCount === MAX_ENTRIES) return false;
      slots[slot + 1] = 1;
      const entry = entryCount++ * ENTRY;
      entries[entry] = slot >> 1;
      while (highs[nextHigh]! + 4 <= at) nextHigh++;
      if (stop <= highs[nextHigh]! && size <= SHORT_BYTES && size >= 4 && source[at] === ENTRY_KEY) {
        // As Envoy writes it, and all of it below 0x80, the lengths as well.
        const keyStop = at + 2 + source[at + 1]!;
        if (
          keyStop + 2 <= stop &&
          source[keyStop] === ENTRY_VALUE &&
          stop === keyStop + 2 + source[keyStop + 1]!
        ) {
          entries[entry + 1] = at + 2;
          entries[entry + 2] = keyStop;
          entries[entry + 3] = keyStop + 2;
          entries[entry + 4] = stop;
          at = stop;
          continue;
        }
      }
      entries[entry + 1] = 0;
      entries[entry + 2] = 0;
      entries[entry + 3] = 0;
      entries[entry + 4] = 0;
      while (at < stop) {
        if (at >= frontier) frontier = copyFrom(bytes, at);
        const part = source[at++]!;
        if ((part !== ENTRY_KEY && part !== ENTRY_VALUE) || at === stop) return false;
        let partSize = source[at++]!;
        if (partSize >= 0x80) {
          const behind = varintEnd(at - 1, stop);
          if (behind < 0 || behind - at > 3) return false;
          partSize &= 0x7f;
          for (let shift = 7; at < behind; shift += 7) partSize |= (source[at++]! & 0x7f) << shift;
        }
        if (partSize > stop - at) return false;
        const partStop = at + partSize;
        while (highs[nextHigh]! + 4 <= at) nextHigh++;
        if ((partStop > highs[nextHigh]! || partSize > SHORT_BYTES) && !isText(bytes, at, partStop))
          return false;
        const place = part === ENTRY_KEY ? entry + 1 : entry + 3;
        entries[place] = at;
        at = partStop;
        entries[place + 1] = at;
      }
    } else if (kind === BYTES) {
      slots[slot] = at;
      slots[slot + 1] = stop;
      at = stop;
    } else if (kind === ENTRY_OF_STRUCTS) {
      if (!isStructEntry(bytes.subarray(at, stop), maxDepth)) return false;
      slots[slot + 1] = 1;
      at = stop;
    } else {
      return false;
    }
  }
}

/** Brings the next piece of the message; returns from where on the one after it is needed. */
function copyFrom(bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  if (at >= copied && at < length) {
    const until = Math.min(at + PIECE_BYTES, length);
    source.set(at === 0 && until === length ? bytes : bytes.subarray(at, until), at);
    noteHighs(at, until);
    copied = until;
  } else if (copied < length && at >= copied - STEP_BYTES) {
    const until = Math.min(copied + PIECE_BYTES, length);
    source.set(bytes.subarray(copied, until), copied);
    noteHighs(copied, until);
    copied = until;
  }
  return copied === length ? length + 1 : copied - STEP_BYTES;
}

/** Of the last up to three places it is told what stands behind the piece, too: that there may be such a byte is no harm. */
function noteHighs(start: number, end: number): void {
  let count = highCount;
  for (let at = start; at < end; at += 4)
    if ((words.getInt32(at, true) & HIGH_BITS) !== 0) highs[count++] = at;
  highs[count] = NOWHERE;
  highCount = count;
}

/** The end of a varint, -1 where the decoder finds none. */
function varintEnd(start: number, end: number): number {
  let at = start;
  for (;;) {
    if (at === end) return -1;
    const byte = source[at++]!;
    if (byte < 0x80) return at - start < 10 || (at - start === 10 && byte <= 1) ? at : -1;
    if (at - start === 10) return -1;
  }
}

/** Of a text that is long, or has such a byte in or next to it. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= SHORT_BYTES) {
    let bits = 0;
    for (let at = start; at < end; at++) bits |= source[at]!;
    if (bits < 0x80) return true;
  }
  return isUtf8(bytes.subarray(start, end));
}

/** The end of a field that the message does not know, -1 where the decoder refuses it or may know it. */
function skipUnknown(table: number, start: number, end: number): number {
  let at = varintEnd(start, end);
  if (at < 0 || at - start > 4) return -1;
  let tag = 0;
  for (let i = start, shift = 0; i < at; i++, shift += 7) tag |= (source[i]! & 0x7f) << shift;
  // Numbers up to 15 may be known, with another wire type or in a longer tag.
  if (tag < 8 || (tag < TAGS && (at - start > 1 || isKnown(table, tag >> 3)))) return -1;
  switch (tag & 7) {
    case 0:
      return varintEnd(at, end);
    case 1:
      return end - at < 8 ? -1 : at + 8;
    case 2: {
      const behind = varintEnd(at, end);
      if (behind < 0 || behind - at > 4) return -1;
      let size = 0;
      for (let shift = 0; at < behind; shift += 7) size |= (source[at++]! & 0x7f) << shift;
      return size > end - at ? -1 : at + size;
    }
    case 5:
      return end - at < 4 ? -1 : at + 4;
    default:
      return -1;
  }
}

function isKnown(table: number, number: number): boolean {
  for (let type = 0; type < 8; type++) if (actions[table * TAGS + number * 8 + type] !== 0) return true;
  return false;
}
