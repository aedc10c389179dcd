import { LRUCache } from 'lru-cache';
import { BuiltinError } from '../builtin.ts';
import { decodeBase64 } from '../go-base64.ts';
import { decodePemBlocks } from '../pem.ts';
import { type Certificate, readCertificates } from './certificate.ts';
import { DerError } from './der.ts';

/** Certificates and keys in the ways that OPA takes them: PEM, or base64 of PEM or DER. */

/** Longer texts are refused: verifying and writing out what they hold takes many times their length. */
const MAX_LENGTH = 1024 * 1024;

const PEM = '-----BEGIN';

/**
 * Certificates by their text: what was read depends on nothing but the text, so an entry can never be stale; the bounds
 * are those of memory.
 */
const readTexts = new LRUCache<string, readonly Certificate[]>({
  max: 100,
  maxSize: 2 * 1024 * 1024,
  sizeCalculation: (_certificates, text) => text.length + 1,
});

/** Throws BuiltinError where a text is too long to be looked at. */
export function checkLength(text: string): void {
  if (text.length > MAX_LENGTH) throw new BuiltinError(`a text of ${text.length} characters is too long`);
}

/** The certificates of a text, in its order. Throws DerError where one is broken or something else stands among them. */
export function certificatesOf(text: string): readonly Certificate[] {
  const known = readTexts.get(text);
  if (known !== undefined) return known;
  const certificates = readCertificates(certificateBytes(text));
  readTexts.set(text, certificates);
  return certificates;
}

function certificateBytes(text: string): Buffer {
  if (text.startsWith(PEM)) return pemCertificates(text);
  const decoded = base64Bytes(text).toString('latin1');
  return decoded.startsWith(PEM) ? pemCertificates(decoded) : Buffer.from(decoded, 'latin1');
}

function pemCertificates(text: string): Buffer {
  const blocks = decodePemBlocks(text);
  const other = blocks.find(({ type }) => type !== 'CERTIFICATE');
  if (other !== undefined) throw new DerError(`PEM block type is '${other.type}', expected CERTIFICATE`);
  return Buffer.concat(blocks.map(({ der }) => der));
}

/** Throws DerError where the text is no base64. */
function base64Bytes(text: string): Buffer {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new DerError('illegal base64 data');
  return bytes;
}

/** PEM as it is; other texts as what base64 they are. */
export function pemOrBase64(text: string, begin: string): string {
  return text.startsWith(begin) ? text : base64Bytes(text).toString('latin1');
}

/** Runs a reader; what it finds broken is a BuiltinError. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) throw new BuiltinError(error.message, { cause: error });
    throw error;
  }
}
