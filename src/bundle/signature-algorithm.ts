import { PortcullisError } from '../errors.ts';

/** What a key of an algorithm must be. */
export type KeyRequirement =
  | { readonly kind: 'secret'; readonly minBytes: number }
  | { readonly kind: 'rsa' }
  | { readonly kind: 'ec'; readonly curve: string }
  | { readonly kind: 'ed25519' };

/** RFC 7518 section 3.1 and RFC 8037. An HMAC secret is at least as long as the hash (RFC 7518 section 3.2). */
const ALGORITHMS: Readonly<Record<SignatureAlgorithm, KeyRequirement>> = {
  RS256: { kind: 'rsa' },
  RS384: { kind: 'rsa' },
  RS512: { kind: 'rsa' },
  PS256: { kind: 'rsa' },
  PS384: { kind: 'rsa' },
  PS512: { kind: 'rsa' },
  ES256: { kind: 'ec', curve: 'prime256v1' },
  ES384: { kind: 'ec', curve: 'secp384r1' },
  ES512: { kind: 'ec', curve: 'secp521r1' },
  HS256: { kind: 'secret', minBytes: 32 },
  HS384: { kind: 'secret', minBytes: 48 },
  HS512: { kind: 'secret', minBytes: 64 },
  EdDSA: { kind: 'ed25519' },
};

export type SignatureAlgorithm = `${'RS' | 'PS' | 'ES' | 'HS'}${256 | 384 | 512}` | 'EdDSA';

/** Every algorithm that a bundle may be signed with. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = Object.keys(
  ALGORITHMS,
) as SignatureAlgorithm[];

function isSignatureAlgorithm(name: string): name is SignatureAlgorithm {
  return Object.hasOwn(ALGORITHMS, name);
}

export function keyRequirement(algorithm: SignatureAlgorithm): KeyRequirement {
  return ALGORITHMS[algorithm];
}

/** Throws `signature_algorithm_forbidden` for `none` and everything else that is not in the table. */
export function requireSignatureAlgorithm(name: string): SignatureAlgorithm {
  if (isSignatureAlgorithm(name)) return name;
  throw new PortcullisError(
    'signature_algorithm_forbidden',
    `${JSON.stringify(name.slice(0, 40))} is not one of ${SIGNATURE_ALGORITHMS.join(', ')}`,
  );
}
