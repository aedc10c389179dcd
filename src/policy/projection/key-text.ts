import { hash } from 'node:crypto';
import { type KeyMemory, knownKey } from './known-keys.ts';

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

const SCANNED = 0x73;

/**
 * The key of a projection that was not written as a document, but as bytes that say the same: they stand in memory from the second
 * byte on, the first one is overwritten, and so are the three behind. Kinds of their own, since what bytes mean is known only to who wrote them: `s`, followed by the
 * bytes, one character each, or `t`, followed by their SHA-256.
 */
export function keyOfBytes(memory: KeyMemory, end: number): string {
  const { bytes } = memory;
  if (end - 1 > MAX_VERBATIM_CHARACTERS) return `t${hash('sha256', bytes.subarray(1, end), 'base64url')}`;
  bytes[0] = SCANNED;
  return knownKey(memory, end);
}
