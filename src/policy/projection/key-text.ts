import type { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';

/** Longer projections enter keys as their SHA-256: ADR 0014 has the measurements. */
const MAX_VERBATIM_CHARACTERS = 256;

/** The key of a document that is not there. */
export const NO_DOCUMENT_KEY = 'n';

/**
 * The key that stands for a projected document. The first character is its kind: `j`, followed by the document, or `h`,
 * followed by the document's SHA-256, so that a cache does not hold kilobytes for each answer. Keys are equal only for
 * equal documents.
 */
export function keyText(json: string): string {
  return json.length <= MAX_VERBATIM_CHARACTERS ? `j${json}` : `h${hash('sha256', json, 'base64url')}`;
}

const VERBATIM = 0x6a;

/**
 * The same key of a document that stands in memory from its second byte on; the first one is overwritten.
 * @param isAscii whether the document is known to be
 */
export function keyOfBytes(memory: Buffer, end: number, isAscii: boolean): string {
  // A character is three bytes at most.
  if (end - 1 > MAX_VERBATIM_CHARACTERS * (isAscii ? 1 : 3))
    return `h${hash('sha256', memory.subarray(1, end), 'base64url')}`;
  if (!isAscii) return keyText(memory.toString('utf8', 1, end));
  memory[0] = VERBATIM;
  return memory.toString('latin1', 0, end);
}
