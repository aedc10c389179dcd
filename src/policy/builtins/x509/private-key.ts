import { createECDH, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { bigintOf, bytesOf, type Curve, type CurvePoint, curveByOid, pointOf } from './curves.ts';
import { DerError, DerReader, TAG } from './der.ts';
import { KEY_OID, readAlgorithm } from './public-key.ts';
import { checkedRsaKey, type RsaPrivateKey } from './rsa-private-key.ts';

/** A private key as Go's crypto/x509 reads it. */
export type PrivateKey =
  | RsaPrivateKey
  | { readonly kind: 'ecdsa'; readonly curve: Curve; readonly point: CurvePoint; readonly d: bigint }
  | { readonly kind: 'ed25519' | 'x25519'; readonly seed: Buffer; readonly publicBytes: Buffer };

/** Wrappers (RFC 8410) of private keys of 32 bytes: all that stands before them. */
const OKP_PREFIX = {
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
} as const;

/** RSAPrivateKey (RFC 8017 appendix A.1.2). Throws DerError. */
export function readPkcs1(der: Buffer): PrivateKey {
  const outer = new DerReader(der, 'RSA private key');
  const reader = outer.inside(TAG.sequence);
  const optional = (): bigint | undefined => (reader.hasNext(TAG.integer) ? reader.integer() : undefined);
  const version = reader.int64();
  const n = reader.integer();
  const e = reader.int64();
  const [d, p, q] = [reader.integer(), reader.integer(), reader.integer()];
  const [dp, dq, qInv] = [optional(), optional(), optional()];
  const others = reader.hasNext(TAG.sequence) ? readOtherPrimes(reader.inside(TAG.sequence)) : [];
  const positive = [n, d, p, q, dp ?? 1n, dq ?? 1n, qInv ?? 1n, ...others];
  if (!outer.isEmpty || version > 1n || positive.some((value) => value <= 0n)) throw outer.fail();
  const key = checkedRsaKey({ n, e, d, primes: [p, q, ...others], dp, dq, qInv });
  if (key === undefined) throw outer.fail();
  return key;
}

function readOtherPrimes(reader: DerReader): bigint[] {
  const primes: bigint[] = [];
  while (!reader.isEmpty) {
    const info = reader.inside(TAG.sequence);
    primes.push(info.integer());
    for (const _unused of ['exponent', 'coefficient']) info.integer();
  }
  return primes;
}

/** PrivateKeyInfo (RFC 5208) of RSA, elliptic curves, Ed25519 or X25519. Throws DerError. */
export function readPkcs8(der: Buffer): PrivateKey {
  const reader = new DerReader(der, 'private key').inside(TAG.sequence);
  reader.int64();
  const { oid, parameters } = readAlgorithm(reader.inside(TAG.sequence), { highTags: true });
  const key = reader.content(TAG.octetString);
  switch (oid.join('.')) {
    case KEY_OID.rsa:
      return readPkcs1(key);
    case KEY_OID.ecdsa:
      return readSec1(key, oidOf(parameters));
    case KEY_OID.ed25519:
      if (parameters.length > 0) throw reader.fail();
      return okpKey('ed25519', new DerReader(key, 'Ed25519 private key'));
    case KEY_OID.x25519:
      if (parameters.length > 0) throw reader.fail();
      return okpKey('x25519', new DerReader(key, 'X25519 private key'));
    default:
      throw reader.fail();
  }
}

function oidOf(parameters: Buffer): readonly number[] | undefined {
  try {
    return new DerReader(parameters, 'parameters').oid();
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** ECPrivateKey (RFC 5915); the curve is its own unless what wraps it names one. Throws DerError. */
export function readSec1(der: Buffer, curveOid?: readonly number[]): PrivateKey {
  const reader = new DerReader(der, 'EC private key').inside(TAG.sequence);
  const version = reader.int64();
  const written = reader.content(TAG.octetString);
  const ownOid = reader.enter(0, TAG.oid) ? reader.oid() : [];
  if (reader.enter(1, TAG.bitString)) reader.bitString();
  const curve = curveByOid(curveOid ?? ownOid);
  if (version !== 1n || curve === undefined) throw reader.fail();
  // Some have zeros before them, and from some they were removed.
  const d = bigintOf(written);
  if (d === 0n || d >= curve.order) throw reader.fail();
  return { kind: 'ecdsa', curve, d, point: publicPoint(curve, bytesOf(d, curve.size))! };
}

/** The public key of a private one; undefined where that is zero, or not below the curve's order. */
export function publicPoint(curve: Curve, d: Buffer): CurvePoint | undefined {
  const number = bigintOf(d);
  if (number === 0n || number >= curve.order) return undefined;
  const ecdh = createECDH(curve.nodeName);
  ecdh.setPrivateKey(d);
  return pointOf(curve, ecdh.getPublicKey());
}

function okpKey(kind: 'ed25519' | 'x25519', reader: DerReader): PrivateKey {
  const seed = reader.content(TAG.octetString);
  if (seed.length !== 32) throw reader.fail();
  return { kind, seed, publicBytes: publicBytesOf(okpPrivateKey(kind, seed)) };
}

/** Node's key of 32 private bytes. */
export function okpPrivateKey(kind: 'ed25519' | 'x25519', seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([OKP_PREFIX[kind], seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 public bytes of a key that `okpPrivateKey` made. */
export function publicBytesOf(key: KeyObject): Buffer {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}
