import { timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { PortcullisError } from '../errors.ts';
import { parseJson } from '../json/parse.ts';
import type { BundleFile } from './bundle.ts';
import { isSignaturesFile } from './file-names.ts';
import { matchesGlob } from './glob.ts';
import { hashFile } from './hash.ts';
import { parseToken, type UnverifiedToken, verifyToken } from './jws-token.ts';
import type { VerificationKey } from './keys.ts';
import { readPayload, type SignedFile } from './signature-payload.ts';

/** How a bundle is to be verified. */
export interface SignatureRules {
  /** The keys that the operator configured for this bundle, by id. */
  readonly keys: ReadonlyMap<string, VerificationKey>;
  /** The one key to verify with, whatever the signature says; without it the signature's `kid` or `keyid` names one. */
  readonly keyId?: string | undefined;
  /** What the signature's `scope` must be; empty and absent are the same. */
  readonly scope?: string | undefined;
  /** Files that need not be signed, as Go's `filepath.Match` patterns. They are left out of the bundle, not trusted. */
  readonly excludeFiles?: readonly string[] | undefined;
}

/**
 * Verifies the one signature of a bundle and every file by it, as OPA does and in some points more strictly: the
 * algorithm is the key's, hashes are SHA-2. Gives the files that the signature vouches for, and only those; the
 * signature file is not among them. Throws the `signature_*` codes, and `bundle_manifest_invalid` or `bundle_data_invalid`
 * where a file cannot be read for hashing.
 */
export async function verifySignature(
  files: readonly BundleFile[],
  verification: SignatureRules,
): Promise<readonly BundleFile[]> {
  const token = parseToken(readSignature(files, verification));
  const { id, key } = selectKey(token, verification);
  await verifyToken(token, key);
  const payload = readPayload(token.claims);
  if (payload.scope !== (verification.scope ?? '')) {
    throw new PortcullisError(
      'signature_scope_mismatch',
      `the signature by key ${JSON.stringify(id)} has another scope than the configuration asks for`,
    );
  }
  return checkFiles(files, payload.files, verification.excludeFiles ?? []);
}

const SIGNATURES = z.object({
  signatures: z.array(z.string()),
  plugin: z.enum(['', '_default']).optional(),
});

function readSignature(files: readonly BundleFile[], { keys }: SignatureRules): string {
  const found = files.filter((file) => isSignaturesFile(file.path));
  const [file] = found;
  if (file === undefined)
    throw new PortcullisError('signature_missing', 'the bundle holds no .signatures.json');
  if (found.length > 1) {
    const paths = found.map((each) => each.path).join(' and ');
    throw new PortcullisError(
      'signature_file_duplicate',
      `the bundle holds several signature files: ${paths}`,
    );
  }
  if (keys.size === 0)
    throw new PortcullisError('signature_no_key', 'no key is configured to verify the bundle with');

  let value: unknown;
  try {
    value = parseJson(file.bytes);
  } catch (error) {
    throw new PortcullisError('signature_file_invalid', `${file.path} is not JSON`, { cause: error });
  }
  const result = SIGNATURES.safeParse(value);
  if (!result.success) {
    throw new PortcullisError('signature_file_invalid', `${file.path}: ${z.prettifyError(result.error)}`);
  }
  const [signature] = result.data.signatures;
  if (signature === undefined || result.data.signatures.length !== 1) {
    throw new PortcullisError(
      'signature_count',
      `${file.path} holds ${result.data.signatures.length} signatures`,
    );
  }
  return signature;
}

function selectKey(
  token: UnverifiedToken,
  { keys, keyId }: SignatureRules,
): { id: string; key: VerificationKey } {
  const claimed = token.claims['keyid'];
  const id = keyId ?? token.keyId ?? (typeof claimed === 'string' && claimed !== '' ? claimed : undefined);
  if (id === undefined) {
    throw new PortcullisError(
      'signature_key_unknown',
      'neither the configuration nor the signature names a key',
    );
  }
  const key = keys.get(id);
  if (key === undefined) {
    const name = JSON.stringify(id.slice(0, 100));
    throw new PortcullisError('signature_key_unknown', `the key ${name} is not configured for this bundle`);
  }
  return { id, key };
}

function checkFiles(
  files: readonly BundleFile[],
  signed: Map<string, SignedFile>,
  excludeFiles: readonly string[],
): BundleFile[] {
  const verified: BundleFile[] = [];
  for (const file of files) {
    if (isSignaturesFile(file.path)) continue;
    const entry = signed.get(file.path);
    signed.delete(file.path);
    if (excludeFiles.some((pattern) => matchesGlob(file.path, pattern))) continue;
    if (entry === undefined) {
      throw new PortcullisError('signature_file_unlisted', `${file.path} is not in the signature`);
    }
    const hash = hashFile(file, entry.algorithm);
    if (hash.length !== entry.hash.length || !timingSafeEqual(hash, entry.hash)) {
      throw new PortcullisError('signature_hash_mismatch', `${file.path} is not the file that was signed`);
    }
    verified.push(file);
  }
  for (const path of signed.keys()) {
    throw new PortcullisError('signature_file_missing', `${path} is in the signature, but not in the bundle`);
  }
  return verified;
}
