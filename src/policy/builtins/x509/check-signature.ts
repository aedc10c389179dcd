import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { BuiltinError } from '../builtin.ts';
import type { Certificate } from './certificate.ts';
import { bitLength, bytesOf } from './curves.ts';
import { DerError, DerReader, TAG } from './der.ts';
import { type PublicKey, verificationKey } from './public-key.ts';

/** Bits of the keyUsage extension. */
const CERT_SIGN = 1 << 5;

/** Go takes no RSA keys with shorter moduli or larger exponents. */
const MIN_RSA_BITS = 1024;
const MAX_RSA_EXPONENT = 2n ** 31n - 1n;

/** Larger moduli take too long: one text of certificates can make a hundred verifications. Go's TLS has this limit, too. */
const MAX_RSA_BITS = 8192;

/** Go verifies certificates with these; MD5 and SHA-1 are broken. */
const HASHES: ReadonlySet<string | undefined> = new Set(['sha256', 'sha384', 'sha512']);

/**
 * Whether the parent may sign certificates and has signed this one: Go's Certificate.CheckSignatureFrom. Throws
 * BuiltinError for an RSA key that is too large.
 */
export function isSignedBy(child: Certificate, parent: Certificate): boolean {
  const { fields, version, publicKey } = parent;
  if (version === 3 && !fields.basicConstraintsValid) return false;
  if (fields.basicConstraintsValid && !fields.isCa) return false;
  if (fields.keyUsage !== 0 && (fields.keyUsage & CERT_SIGN) === 0) return false;
  const algorithm = child.signatureAlgorithm;
  if (publicKey === undefined || algorithm?.key !== publicKey.kind) return false;
  switch (publicKey.kind) {
    case 'ed25519':
      return verifies(undefined, child.signed, { key: keyOf(publicKey) }, child.signature);
    case 'ecdsa':
      return HASHES.has(algorithm.hash) && verifyEcdsa(child, publicKey, algorithm.hash!);
    case 'rsa':
      return HASHES.has(algorithm.hash) && verifyRsa(child, publicKey, algorithm.hash!, algorithm.pss);
    case 'dsa':
    default:
      return false;
  }
}

function verifyRsa(
  { signed, signature }: Certificate,
  key: PublicKey & { readonly kind: 'rsa' },
  hash: string,
  pss: boolean,
): boolean {
  const bits = bitLength(key.n);
  const isUsable = key.e >= 2n && key.e <= MAX_RSA_EXPONENT && key.e % 2n === 1n && key.n % 2n === 1n;
  if (bits < MIN_RSA_BITS || !isUsable) return false;
  if (bits > MAX_RSA_BITS) throw new BuiltinError(`an RSA key of ${bits} bits is too large`);
  const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
  const options = pss
    ? { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST }
    : { padding: RSA_PKCS1_PADDING };
  return verifies(hash, signed, { key: keyOf(key), ...options }, signature);
}

function verifyEcdsa(
  { signed, signature }: Certificate,
  key: PublicKey & { readonly kind: 'ecdsa' },
  hash: string,
): boolean {
  const halves = signatureHalves(signature, key.curve.size);
  if (halves === undefined) return false;
  return verifies(hash, signed, { key: keyOf(key), dsaEncoding: 'ieee-p1363' }, halves);
}

/** Both numbers of a signature in DER, each in as many bytes as the curve's; undefined where they cannot be right. */
function signatureHalves(signature: Buffer, size: number): Buffer | undefined {
  try {
    const reader = new DerReader(signature, 'signature');
    const sequence = reader.inside(TAG.sequence);
    const [r, s] = [sequence.integer(), sequence.integer()];
    const limit = 1n << BigInt(8 * size);
    const isPossible = reader.isEmpty && sequence.isEmpty && r > 0n && s > 0n && r < limit && s < limit;
    return isPossible ? Buffer.concat([bytesOf(r, size), bytesOf(s, size)]) : undefined;
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** Never throws: what OpenSSL refuses is not verified. */
function verifies(
  hash: string | undefined,
  signed: Buffer,
  options: VerifyKeyObjectInput,
  signature: Buffer,
): boolean {
  try {
    return verify(hash, signed, options, signature);
  } catch {
    return false;
  }
}

/** Node's keys by ours: making one costs as much as verifying with it. */
const keys = new WeakMap<PublicKey, KeyObject>();

function keyOf(key: PublicKey): KeyObject {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const made = verificationKey(key)!;
  keys.set(key, made);
  return made;
}
