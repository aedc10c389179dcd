import { Buffer } from 'node:buffer';
import type { Outcome } from './decision.ts';

/** What an entry costs beside its strings: the objects, the list links and the map's slot, measured with 100,000 entries. */
const ENTRY_OVERHEAD_BYTES = 200;

/** What each value of a parsed document costs at most, measured with obligations that are thousands of empty objects. */
const VALUE_BYTES = 160;

/** What an entry costs in memory, rather too much than too little. */
export function bytesOfEntry(key: string, outcome: Outcome): number {
  return ENTRY_OVERHEAD_BYTES + bytesOfText(key) + bytesOfOutcome(outcome);
}

/** What an outcome holds: its text, once more encoded for the wire, and its obligations as parsed. */
function bytesOfOutcome({ json, obligations }: Outcome): number {
  const text = json ?? '';
  if (obligations === undefined) return 2 * text.length;
  const values = text.match(/[[{,:]/g)?.length ?? 0;
  return 4 * text.length + VALUE_BYTES * values;
}

/** V8 holds strings of Latin-1 in one byte a character; of those, ASCII is told fast. */
function bytesOfText(text: string): number {
  const { length } = text;
  return Buffer.byteLength(text) === length ? length : 2 * length;
}
