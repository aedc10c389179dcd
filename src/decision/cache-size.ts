import { Buffer } from 'node:buffer';
import type { Outcome } from './decision.ts';

/*
 * What an entry costs in memory, rather too much than too little. The constants are measured: `npx node --expose-gc
 * bench/cache-bytes.ts` compares.
 */

/** The objects, the list links, the span and the map's slot just after the map has grown. */
const ENTRY_BYTES = 264;

/** The object of an outcome, its list of reasons, and how it is shared. */
const OUTCOME_BYTES = 200;

/** What answers that carry reasons or obligations keep once they are encoded, beside the bytes. */
const ENCODED_BYTES = 400;

/** Parsed objects without a prototype are hash tables, however small. */
const OBJECT_BYTES = 240;

/** Each member or element of an object or array, and each empty array. */
const VALUE_BYTES = 64;

/** What an entry costs beside its outcome, in bytes. */
export function bytesOfEntry(key: string): number {
  return ENTRY_BYTES + bytesOfText(key);
}

/** An outcome holds its text, the same text in the parts it was read as, and once more encoded for the wire. */
export function bytesOfOutcome({ json, reasons, obligations }: Outcome): number {
  // These outcomes are the same objects for all entries.
  if (json === undefined || json === 'true' || json === 'false') return 0;
  const text = bytesOfText(json);
  if (reasons.length === 0 && obligations === undefined) return OUTCOME_BYTES + text;
  let bytes = OUTCOME_BYTES + ENCODED_BYTES + 3 * text;
  for (let at = 0; at < json.length; at++) {
    const unit = json.charCodeAt(at);
    if (unit === 0x7b /* { */) bytes += OBJECT_BYTES;
    else if (unit === 0x2c /* , */ || unit === 0x3a /* : */ || unit === 0x5b /* [ */) bytes += VALUE_BYTES;
  }
  return bytes;
}

/** V8 holds strings of Latin-1 in one byte a character; of those, ASCII is told fast. */
function bytesOfText(text: string): number {
  const { length } = text;
  return Buffer.byteLength(text) === length ? length : 2 * length;
}
