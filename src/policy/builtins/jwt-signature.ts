import {
  constants,
  createHmac,
  KeyObject,
  type SigningOptions,
  timingSafeEqual,
  type VerifyKeyObjectInput,
  verify,
} from 'node:crypto';
import { BuiltinError } from './builtin.ts';
import { verifiedOnce } from './verified-signatures.ts';

/** The families of RFC 7518 section 3.1 and RFC 8037. */
export type Family = 'HS' | 'RS' | 'PS' | 'ES' | 'EdDSA';

export interface Algorithm {
  readonly family: Family;
  /** Node's name of the hash; undefined where the algorithm fixes it. */
  readonly hash: string | undefined;
}

const HASHES = ['256', '384', '512'];

/** By the header's `alg`. `Ed25519` is the fully specified name of RFC 9864. */
export const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map<string, Algorithm>([
  ...(['HS', 'RS', 'PS', 'ES'] as const).flatMap((family) =>
    HASHES.map((bits): [string, Algorithm] => [`${family}${bits}`, { family, hash: `sha${bits}` }]),
  ),
  ['EdDSA', { family: 'EdDSA', hash: undefined }],
  ['Ed25519', { family: 'EdDSA', hash: undefined }],
]);

/** The type of key that each asymmetric family takes: a key of another type never verifies. */
const KEY_TYPE: Readonly<Record<Exclude<Family, 'HS'>, string>> = {
  RS: 'rsa',
  PS: 'rsa',
  ES: 'ec',
  EdDSA: 'ed25519',
};

/** Go refuses shorter moduli. */
const MIN_RSA_BITS = 1024;

/** Go refuses larger exponents; verifying with one takes a thousand times as long. */
const MAX_RSA_EXPONENT = 2n ** 31n - 1n;

/** One token's bytes, once for each key that is tried. */
const MAX_VERIFIED_BYTES = 64 * 1024 * 1024;

/** Bytes of one half of an ECDSA signature, by Node's name of the curve. */
const EC_HALF_BYTES: Readonly<Record<string, number>> = {
  secp224r1: 28,
  prime256v1: 32,
  secp384r1: 48,
  secp521r1: 66,
};

/** Where OPA's `io.jwt.verify_*` and `io.jwt.decode_verify` differ. */
export interface Strictness {
  /** Refuse PSS salts of another length than the hash, and ECDSA halves of another length than the curve's. */
  readonly exactLengths: boolean;
}

/** Refuses a large token that would be hashed for each of many keys. Throws BuiltinError. */
export function checkVerifiedBytes(keys: number, signed: Buffer): void {
  if (keys * signed.length > MAX_VERIFIED_BYTES) {
    throw new BuiltinError(`a token of ${signed.length} bytes is too long for ${keys} keys`);
  }
}

/** Whether the signature over `signed` is the key's. Never throws; a key of the wrong type is a wrong key. */
export function verifySignature(
  algorithm: Algorithm,
  key: KeyObject | Buffer | undefined,
  signed: Buffer,
  signature: Buffer,
  strictness: Strictness,
): boolean {
  if (algorithm.family === 'HS') {
    return Buffer.isBuffer(key) && verifyHmac(algorithm.hash!, key, signed, signature);
  }
  if (!(key instanceof KeyObject) || key.asymmetricKeyType !== KEY_TYPE[algorithm.family]) return false;
  const scheme = `${algorithm.family}${algorithm.hash ?? ''}${strictness.exactLengths ? ' exact' : ''}`;
  try {
    return verifiedOnce(key, scheme, signed, signature, () =>
      verifyAsymmetric(algorithm, key, signed, signature, strictness),
    );
  } catch {
    return false;
  }
}

/** Compares without telling by its duration where the difference is. */
export function verifyHmac(
  hash: string,
  secret: Buffer | string,
  signed: Buffer,
  signature: Buffer,
): boolean {
  const expected = createHmac(hash, secret).update(signed).digest();
  return expected.length === signature.length && timingSafeEqual(expected, signature);
}

function verifyAsymmetric(
  algorithm: Algorithm,
  key: KeyObject,
  signed: Buffer,
  signature: Buffer,
  { exactLengths }: Strictness,
): boolean {
  if (algorithm.family === 'EdDSA') return verify(null, signed, key, signature);
  if (algorithm.family === 'ES') {
    const half = EC_HALF_BYTES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 0;
    const halves = exactLengths ? signature : fitHalves(signature, half);
    if (halves?.length !== 2 * half) return false;
    const options: VerifyKeyObjectInput = { key, dsaEncoding: 'ieee-p1363' };
    return verify(algorithm.hash, signed, options, halves);
  }
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS || publicExponent > MAX_RSA_EXPONENT) return false;
  const padding: SigningOptions =
    algorithm.family === 'RS'
      ? { padding: constants.RSA_PKCS1_PADDING }
      : {
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: exactLengths ? constants.RSA_PSS_SALTLEN_DIGEST : constants.RSA_PSS_SALTLEN_AUTO,
        };
  return verify(algorithm.hash, signed, { key, ...padding }, signature);
}

/** `io.jwt.verify_es*` halves a signature of any length and reads both halves as numbers. */
function fitHalves(signature: Buffer, half: number): Buffer | undefined {
  if (signature.length === 2 * half) return signature;
  const middle = Math.floor(signature.length / 2);
  const fitted = Buffer.alloc(2 * half);
  for (const [i, number] of [signature.subarray(0, middle), signature.subarray(middle)].entries()) {
    const zeros = number.findIndex((byte) => byte !== 0);
    const digits = zeros === -1 ? number.subarray(number.length) : number.subarray(zeros);
    if (digits.length > half) return undefined;
    fitted.set(digits, (i + 1) * half - digits.length);
  }
  return fitted;
}
