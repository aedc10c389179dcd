import { Buffer } from 'node:buffer';

/*
 * Where a scan leaves what it found. All of it is memory that is always the same object: the engine compiles its place into the code,
 * nothing is allocated for a message, and a message of 600 bytes is copied in 40 ns. It belongs to the message that was
 * scanned last (`scanned`).
 */

/** Longer messages are not scanned but decoded. */
export const MAX_SCANNED_BYTES: number = 1 << 20;

/**
 * The message, each byte at its own place. Texts and bytes that are longer than `SHORT_BYTES` may be left out, as nobody may look at
 * them: `fetchText` brings them.
 */
export const source: Buffer = Buffer.from(new ArrayBuffer(MAX_SCANNED_BYTES + 64));
/** The same memory, four bytes at once. */
export const words: DataView = new DataView(source.buffer);

/** What is longer is checked where it came, by native code. */
export const SHORT_BYTES = 2048;

/** Fields that a shape may have. */
export const MAX_SLOTS = 128;
/**
 * Two numbers for each field: where its content begins and ends. Both are 0 when it did not come. Messages and maps that came have
 * 1 as their end.
 */
export const slots: Int32Array = new Int32Array(MAX_SLOTS * 2);

/** Entries of maps from text to text, in the order of the message. */
export const MAX_ENTRIES = 256;
/** Of an entry: the slot of its map, and where its key and its value begin and end. */
export const ENTRY = 5;
export const entries: Int32Array = new Int32Array(MAX_ENTRIES * ENTRY);

/** Entries of one map, when they are sorted. */
export const sorted: Int32Array = new Int32Array(MAX_ENTRIES);

/** What the memory holds. */
export const scanned: {
  /** For whom; undefined: nothing that may be read. */
  owner: object | undefined;
  bytes: Uint8Array;
  entryCount: number;
  /** How many scans there were. */
  count: number;
} = { owner: undefined, bytes: source, entryCount: 0, count: 0 };

/** Makes sure that a piece of the message is in `source`. */
export function fetchText(start: number, end: number): void {
  if (end - start > SHORT_BYTES) source.set(scanned.bytes.subarray(start, end), start);
}

/** A piece of the message, which is UTF-8, as text. */
export function textAt(start: number, end: number): string {
  if (start === end) return '';
  fetchText(start, end);
  return source.toString('utf8', start, end);
}
