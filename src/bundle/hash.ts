import { createHash } from 'node:crypto';
import { canonicalJson } from '../json/canonical.ts';
import type { BundleFile } from './bundle.ts';
import { isDataFile, isStructuredFile } from './file-names.ts';
import { canonicalData, parseStructured } from './structured.ts';

/** OPA's names of the SHA-2 family (`v1/bundle/hash.go`) and Node's. MD5 and SHA-1, which OPA takes too, are left out. */
const HASHES = {
  'SHA-224': 'sha224',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
  'SHA-512-224': 'sha512-224',
  'SHA-512-256': 'sha512-256',
} as const;

export type HashAlgorithm = keyof typeof HASHES;

export function isHashAlgorithm(name: string): name is HashAlgorithm {
  return Object.hasOwn(HASHES, name);
}

/**
 * Hashes a file as OPA does for a signature: manifest and data files by their canonical JSON, so that white space and the
 * order of keys do not count, everything else by its bytes. Throws `bundle_manifest_invalid`, `bundle_data_invalid`.
 */
export function hashFile(file: BundleFile, algorithm: HashAlgorithm): Buffer {
  return createHash(HASHES[algorithm]).update(hashed(file)).digest();
}

function hashed(file: BundleFile): Uint8Array | string {
  if (!isStructuredFile(file.path)) return file.bytes;
  const text = isDataFile(file.path) ? canonicalData(file) : undefined;
  return text ?? canonicalJson(parseStructured(file));
}

/** SHA-256 of bytes in lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
