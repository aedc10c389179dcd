import { CompactSign } from 'jose';
import { PortcullisError } from '../errors.ts';
import type { BundleFile } from './bundle.ts';
import { isSignaturesFile, SIGNATURES_FILE } from './file-names.ts';
import { type HashAlgorithm, hashFile } from './hash.ts';
import type { SigningKey } from './keys.ts';

/** How a bundle is signed. */
export interface Signing {
  readonly key: SigningKey;
  /** Tells verifiers which of their keys to use; written as `kid` and, for older verifiers, as the claim `keyid`. */
  readonly keyId: string;
  /** Verifiers refuse the bundle unless they are configured for the same scope. */
  readonly scope?: string;
  /** SHA-256, as `opa sign` has it, when left out. */
  readonly hashAlgorithm?: HashAlgorithm;
  /** Wall clock, milliseconds; written as `iat`. */
  readonly nowMs: number;
}

/**
 * Signs files and gives the `.signatures.json` to put beside them; a signature that is among them already is passed over.
 * OPA and {@link verifySignature} both accept it. Throws `signature_payload_invalid` when there is nothing to sign, and
 * what hashing throws.
 */
export async function signBundle(files: readonly BundleFile[], signing: Signing): Promise<BundleFile> {
  const algorithm = signing.hashAlgorithm ?? 'SHA-256';
  const signed = files.filter((file) => !isSignaturesFile(file.path));
  if (signed.length === 0) throw new PortcullisError('signature_payload_invalid', 'there is no file to sign');
  const payload = {
    files: signed.map((file) => ({
      name: file.path,
      hash: hashFile(file, algorithm).toString('hex'),
      algorithm,
    })),
    iat: Math.floor(signing.nowMs / 1000),
    keyid: signing.keyId,
    ...(signing.scope === undefined || signing.scope === '' ? {} : { scope: signing.scope }),
  };
  const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: signing.key.algorithm, kid: signing.keyId })
    .sign(signing.key.key);
  const text = `${JSON.stringify({ signatures: [jws] }, null, 1)}\n`;
  return { path: SIGNATURES_FILE, bytes: new TextEncoder().encode(text) };
}
