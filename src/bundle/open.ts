import { PortcullisError } from '../errors.ts';
import { type ArchiveLimits, readArchive } from './archive.ts';
import type { Bundle } from './bundle.ts';
import { isSignaturesFile } from './file-names.ts';
import { readBundle, refuseDelta } from './read.ts';
import { type SignatureRules, verifySignature } from './signature.ts';

/** How a bundle is verified; `unsigned-allowed` only where the operator wrote so for that bundle. */
export type Verification = SignatureRules | 'unsigned-allowed';

/** A bundle, and who vouches for it. */
export interface OpenedBundle extends Bundle {
  /** A configured key signed it. Otherwise nobody says that module and plan belong together. */
  readonly signed: boolean;
}

export interface OpenOptions {
  readonly limits: ArchiveLimits;
  readonly verification: Verification;
}

/**
 * From the bytes of an archive to a bundle that may be compiled: limits, then signature, then manifest and files. Nothing
 * that the signature does not vouch for gets into the bundle. Throws the `archive_*`, `signature_*` and `bundle_*` codes.
 */
export async function openBundle(archive: Uint8Array, options: OpenOptions): Promise<OpenedBundle> {
  const files = await readArchive(archive, options.limits);
  // No signature makes a delta acceptable, and the reason is more telling than the missing signature.
  refuseDelta(files);
  if (options.verification !== 'unsigned-allowed') {
    const verified = await verifySignature(files, options.verification);
    return { ...readBundle(verified, archive), signed: true };
  }
  if (files.some((file) => isSignaturesFile(file.path))) {
    throw new PortcullisError(
      'signature_no_key',
      'the bundle is signed, but no key is configured to verify it with',
    );
  }
  return { ...readBundle(files, archive), signed: false };
}
