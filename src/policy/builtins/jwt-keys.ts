import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { platformParse } from '../../json/platform-parse.ts';
import { BuiltinError } from './builtin.ts';
import { decodePem } from './pem.ts';

/** A key that may verify a token. `alg` and `kid` are empty unless a JWK names them. */
export interface VerificationKey {
  readonly alg: string;
  readonly kid: string;
  /** A public key, or the secret of a symmetric JWK; undefined for a certificate's key of a kind that verifies nothing. */
  readonly key: KeyObject | Buffer | undefined;
  /** A private JWK. It verifies in `io.jwt.decode_verify` only, as in OPA. */
  readonly isPrivate: boolean;
}

/** Algorithms that a JWK may name; keys with another one are skipped. */
const JWK_ALGORITHMS: ReadonlySet<string> = new Set(
  ['RS', 'PS', 'ES', 'HS']
    .flatMap((family) => [`${family}256`, `${family}384`, `${family}512`])
    .concat('EdDSA'),
);

/** Further algorithms that jwx knows (RFC 7518 sections 4 and 5, RFC 8812, RFC 9864); one that it does not know fails the set. */
const OTHER_ALGORITHMS: ReadonlySet<string> = new Set(
  [
    'none ES256K Ed25519 dir RSA1_5 RSA-OAEP RSA-OAEP-256 RSA-OAEP-384 RSA-OAEP-512 A128KW A192KW A256KW',
    'A128GCMKW A192GCMKW A256GCMKW ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW A128GCM A192GCM A256GCM',
    'PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW A128CBC-HS256 A192CBC-HS384 A256CBC-HS512',
  ].flatMap((names) => names.split(' ')),
);

/** The curves that jwx reads, by key type; RSA keys have none. */
const CURVES: ReadonlyMap<unknown, readonly unknown[]> = new Map<unknown, readonly unknown[]>([
  ['RSA', []],
  ['EC', ['P-256', 'P-384', 'P-521']],
  ['OKP', ['Ed25519', 'X25519']],
]);

/** Node's names of the curves that Go's crypto/x509 knows. */
const X509_CURVES: ReadonlySet<string | undefined> = new Set([
  'secp224r1',
  'prime256v1',
  'secp384r1',
  'secp521r1',
]);

/** jwx reads no larger sets. */
const MAX_KEYS = 1_000;

/**
 * Parsed keys by their text: parsing costs more than verifying. Keys depend on nothing but the text, so an entry can
 * never be stale; the bounds are those of memory.
 */
const parsedKeys = new LRUCache<string, readonly VerificationKey[]>({
  max: 100,
  maxSize: 4 * 1024 * 1024,
  sizeCalculation: (_keys, text) => text.length + 1,
});

/**
 * The keys in a PEM certificate, a PEM public key, a JWK or a JWK set. Throws BuiltinError for anything else, and
 * for a set of which any key cannot be read.
 */
export function verificationKeys(text: string): readonly VerificationKey[] {
  const known = parsedKeys.get(text);
  if (known !== undefined) return known;
  const keys = parseKeys(text);
  parsedKeys.set(text, keys);
  return keys;
}

/** The first key with this id. */
export function keyById(keys: readonly VerificationKey[], kid: string): VerificationKey | undefined {
  return keys.find((key) => key.kid === kid);
}

function parseKeys(text: string): readonly VerificationKey[] {
  const block = decodePem(text);
  if (block === undefined) return parseJwks(text);
  if (block.rest !== '') throw new BuiltinError('extra data after a PEM certificate block');
  if (block.type === 'CERTIFICATE') return [pemKey(certificateKey(block.der))];
  if (block.type === 'PUBLIC KEY') return [pemKey(publicKey(block.der))];
  throw new BuiltinError('failed to extract a Key from the PEM certificate');
}

function pemKey(key: KeyObject | undefined): VerificationKey {
  return { alg: '', kid: '', key, isPrivate: false };
}

function certificateKey(der: Buffer): KeyObject | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
  } catch (cause) {
    throw new BuiltinError('failed to parse a PEM certificate', { cause });
  }
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

function publicKey(der: Buffer): KeyObject {
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const curve = key.asymmetricKeyDetails?.namedCurve;
    if (key.asymmetricKeyType !== 'ec' || X509_CURVES.has(curve)) return key;
  } catch (cause) {
    throw new BuiltinError('failed to parse a PEM public key', { cause });
  }
  throw new BuiltinError('failed to parse a PEM public key: unsupported elliptic curve');
}

function parseJwks(text: string): readonly VerificationKey[] {
  let document: unknown;
  try {
    document = platformParse(text);
  } catch (cause) {
    throw new BuiltinError('failed to parse a JWK key (set): neither PEM nor JSON', { cause });
  }
  const set = isRecord(document) && document['keys'] !== undefined ? document['keys'] : [document];
  if (!Array.isArray(set) || set.length > MAX_KEYS) {
    throw new BuiltinError(`failed to parse a JWK key (set): "keys" must be a list of at most ${MAX_KEYS}`);
  }
  return set
    .map((entry, i) => jwkKey(entry, i))
    .filter((key) => key.alg === '' || JWK_ALGORITHMS.has(key.alg));
}

function jwkKey(jwk: unknown, i: number): VerificationKey {
  const fail = (why: string, cause?: unknown): BuiltinError =>
    new BuiltinError(`failed to parse a JWK key (set): key #${i}: ${why}`, { cause });
  if (!isRecord(jwk)) throw fail('not an object');
  const { kty, crv, kid = '' } = jwk;
  if (typeof kid !== 'string') throw fail('"kid" must be a string');
  const alg = algorithmOf(jwk['alg']);
  if (alg === undefined) throw fail('invalid "alg"');
  if (kty === 'oct') {
    if (typeof jwk['k'] !== 'string' || jwk['k'] === '') throw fail('"k" is missing');
    return { alg, kid, key: Buffer.from(jwk['k'], 'base64url'), isPrivate: false };
  }
  const curves = CURVES.get(kty);
  if (curves === undefined) throw fail('invalid key type');
  if (kty !== 'RSA' && !curves.includes(crv)) throw fail('invalid curve');
  const { d, ...rest } = jwk;
  try {
    const key = createPublicKey({ key: rest, format: 'jwk' });
    return { alg, kid, key, isPrivate: d !== undefined };
  } catch (cause) {
    throw fail('not a valid key of its type', cause);
  }
}

/** Empty when the key names none, undefined when it names something else. */
function algorithmOf(alg: unknown): string | undefined {
  if (alg === undefined) return '';
  return isJwkAlgorithm(alg) ? alg : undefined;
}

/** Whether jwx knows the algorithm that a JWK names. */
export function isJwkAlgorithm(alg: unknown): alg is string {
  return typeof alg === 'string' && (JWK_ALGORITHMS.has(alg) || OTHER_ALGORITHMS.has(alg));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
