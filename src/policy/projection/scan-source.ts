import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { PortcullisError } from '../../errors.ts';
import { parseJson } from '../../json/parse.ts';

/** How large and how deep a text may be. */
export interface TextLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** Larger texts are not scanned. Memory that no text reached is not taken. */
const MAX_SCANNED_BYTES = 1024 * 1024;
/** Deeper limits are for those who have no time to lose. */
export const MAX_SCANNED_DEPTH = 1000;

/** Words are read from the last byte of the text, too. */
const PADDING = 16;

/**
 * The JSON text, in UTF-8, and a zero behind it: it ends whatever a loop steps over, so that no loop asks for the length.
 * Always the same memory: half of the time of a scan is lost where the engine must look for it.
 */
export const bytes: Uint8Array<ArrayBuffer> = new Uint8Array(MAX_SCANNED_BYTES + PADDING);
export const words: DataView<ArrayBuffer> = new DataView(bytes.buffer);
const buffer = Buffer.from(bytes.buffer);

const NOTHING = new Uint8Array(0);

/** Where the scan stands. One scan runs to its end without giving way, as a parse does. */
export const scan: {
  /** Behind what was read last. */
  at: number;
  length: number;
  /** How many arrays and objects may still open inside each other. */
  depthLeft: number;
  isAscii: boolean;
} = { at: 0, length: 0, depthLeft: 0, isAscii: true };

let original: Uint8Array = NOTHING;
let limits: TextLimits = { maxBytes: 0, maxDepth: 0 };
/** One character a byte; see {@link slice}. */
let latin1: string | undefined;
let slices = 0;

export function canScan(text: Uint8Array, { maxDepth }: TextLimits): boolean {
  return text.byteLength <= MAX_SCANNED_BYTES && maxDepth <= MAX_SCANNED_DEPTH;
}

/** Begins with a text that can be scanned. Refuses what is too large or no UTF-8. */
export function open(text: Uint8Array, textLimits: TextLimits): void {
  original = text;
  limits = textLimits;
  const { byteLength } = text;
  if (byteLength > limits.maxBytes || !isUtf8(text)) refuse();
  bytes.set(text);
  bytes[byteLength] = 0;
  scan.at = 0;
  scan.length = byteLength;
  scan.depthLeft = limits.maxDepth;
  scan.isAscii = isAscii(text);
}

/** Lets go of the text. */
export function close(): void {
  original = NOTHING;
  latin1 = undefined;
  slices = 0;
}

/** Throws what the parser says is wrong with the text: code, words and place do not depend on who reads it. */
export function refuse(): never {
  parseJson(original, limits);
  throw new PortcullisError('internal', 'The scan of the input refuses a text that is JSON');
}

/**
 * The text between two places, one character a byte. It may hold on to all of the text: for what is put together with
 * more, or gone soon. All of the text is made a string only when enough of it is asked for.
 */
export function slice(from: number, to: number): string {
  if (latin1 === undefined) {
    if (++slices < scan.length >> 11) return buffer.toString('latin1', from, to);
    latin1 = buffer.toString('latin1', 0, scan.length);
  }
  return latin1.slice(from, to);
}

const BEYOND_ASCII = /[\u0080-\u00ff]/;

/** The text between two places; as with {@link slice}. */
export function decoded(from: number, to: number): string {
  const text = slice(from, to);
  return scan.isAscii || !BEYOND_ASCII.test(text) ? text : buffer.toString('utf8', from, to);
}

/** The text between two places, which holds on to nothing. */
export function copied(from: number, to: number): string {
  return buffer.toString('utf8', from, to);
}
