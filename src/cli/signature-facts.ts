/** What is known of a bundle's signature. */
import type { BundleFile } from '../bundle/bundle.ts';
import { isSignaturesFile } from '../bundle/file-names.ts';
import { parseToken } from '../bundle/jws-token.ts';
import { type SignatureRules, verifySignature } from '../bundle/signature.ts';
import { type ErrorCode, toPortcullisError } from '../errors.ts';

export interface SignatureFacts {
  /** `unchecked`: signed, but no key was given. */
  readonly state: 'verified' | 'refused' | 'unchecked' | 'unsigned';
  readonly keyId?: string | undefined;
  readonly algorithm?: string | undefined;
  readonly scope?: string | undefined;
  /** Why it was refused. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** What a signature claims, and whether that is true. */
export async function signatureFacts(
  files: readonly BundleFile[],
  rules: SignatureRules | undefined,
): Promise<SignatureFacts> {
  if (rules === undefined && !files.some((file) => isSignaturesFile(file.path))) return { state: 'unsigned' };
  const claims = claimsOf(files);
  if (rules === undefined) return { state: 'unchecked', ...claims };
  try {
    await verifySignature(files, rules);
    return { state: 'verified', ...claims };
  } catch (thrown) {
    const { code, message } = toPortcullisError(thrown);
    return { state: 'refused', ...claims, error: { code, message } };
  }
}

function claimsOf(files: readonly BundleFile[]): Pick<SignatureFacts, 'keyId' | 'algorithm' | 'scope'> {
  try {
    const file = files.find((candidate) => isSignaturesFile(candidate.path));
    const { signatures } = JSON.parse(Buffer.from(file?.bytes ?? []).toString()) as { signatures: string[] };
    const { algorithm, keyId, claims } = parseToken(signatures[0] ?? '');
    const { scope, keyid } = claims;
    return {
      algorithm,
      keyId: keyId ?? (typeof keyid === 'string' ? keyid : undefined),
      ...(typeof scope === 'string' ? { scope } : {}),
    };
  } catch {
    return {}; // Verifying says what is wrong.
  }
}
