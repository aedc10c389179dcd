import type { Buffer } from 'node:buffer';

/*
 * Keys that were asked for lately, by their bytes. A key that comes again is the string that it was before: none is made, and a map need not look
 * among all strings of the program for the one that it has.
 */

/** A power of two. */
const SLOTS = 2048;
/** Longer keys are not kept. */
const MAX_KNOWN_BYTES = 124;
const SLOT_WORDS = MAX_KNOWN_BYTES / 4;

/** Who chooses keys that share a slot has them made anew each time, as without all this. */
const MULTIPLIER = 0x9e3779b1 | 0;

const texts: string[] = Array.from({ length: SLOTS }, () => '');
/** Their bytes, filled up with zeros. */
const kept = new Int32Array(SLOTS * SLOT_WORDS);

/** A place for bytes that keys are made of. */
export interface KeyMemory {
  readonly bytes: Buffer;
  /** The same memory, four bytes at once. */
  readonly words: DataView;
}

/** The string whose characters are the first bytes of `memory`. The three bytes behind them are overwritten. */
export function knownKey({ bytes, words }: KeyMemory, length: number): string {
  if (length > MAX_KNOWN_BYTES) return bytes.toString('latin1', 0, length);
  bytes[length] = 0;
  bytes[length + 1] = 0;
  bytes[length + 2] = 0;
  let hash = length;
  for (let at = 0; at < length; at += 4) {
    hash = Math.imul(hash ^ words.getInt32(at, true), MULTIPLIER);
    hash ^= hash >>> 15;
  }
  const slot = hash & (SLOTS - 1);
  const start = slot * SLOT_WORDS;
  const text = texts[slot]!;
  let isKnown = text.length === length;
  for (let at = 0, i = start; at < length && isKnown; at += 4, i++)
    isKnown = words.getInt32(at, true) === kept[i];
  if (isKnown) return text;
  for (let at = 0, i = start; at < length; at += 4, i++) kept[i] = words.getInt32(at, true);
  return (texts[slot] = bytes.toString('latin1', 0, length));
}
