import { createPublicKey, type KeyObject } from 'node:crypto';
import type { RegoValue } from '../../value.ts';
import { bigintToNumber } from '../numbers.ts';
import { bytesOf, type Curve, type CurvePoint, curveByOid, pointOf } from './curves.ts';
import { DerReader, derElement, TAG } from './der.ts';

/** Go's PublicKeyAlgorithm. */
export const KEY_ALGORITHM = { unknown: 0, rsa: 1, dsa: 2, ecdsa: 3, ed25519: 4 } as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHM)[keyof typeof KEY_ALGORITHM];

export const KEY_OID = {
  rsa: '1.2.840.113549.1.1.1',
  dsa: '1.2.840.10040.4.1',
  ecdsa: '1.2.840.10045.2.1',
  ed25519: '1.3.101.112',
  x25519: '1.3.101.110',
} as const;

const ALGORITHMS: ReadonlyMap<string, KeyAlgorithm> = new Map<string, KeyAlgorithm>([
  [KEY_OID.rsa, KEY_ALGORITHM.rsa],
  [KEY_OID.dsa, KEY_ALGORITHM.dsa],
  [KEY_OID.ecdsa, KEY_ALGORITHM.ecdsa],
  [KEY_OID.ed25519, KEY_ALGORITHM.ed25519],
]);

/** A public key that a certificate or a request may carry. */
export type PublicKey =
  | { readonly kind: 'rsa'; readonly n: bigint; readonly e: bigint }
  | { readonly kind: 'dsa'; readonly p: bigint; readonly q: bigint; readonly g: bigint; readonly y: bigint }
  | { readonly kind: 'ecdsa'; readonly curve: Curve; readonly point: CurvePoint }
  | { readonly kind: 'ed25519'; readonly bytes: Buffer };

/** An AlgorithmIdentifier (RFC 5280 section 4.1.1.2). */
export interface AlgorithmIdentifier {
  readonly oid: readonly number[];
  /** The whole element; empty where there is none. */
  readonly parameters: Buffer;
}

/** The NULL element. */
export const DER_NULL: Buffer = Buffer.from([TAG.null, 0]);

/** Ed25519's wrapper around a public key: all that stands before its 32 bytes. */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Reads the identifier from the content of its SEQUENCE. */
export function readAlgorithm(
  reader: DerReader,
  options: { readonly highTags?: boolean } = {},
): AlgorithmIdentifier {
  const oid = reader.oid();
  return { oid, parameters: reader.isEmpty ? Buffer.alloc(0) : reader.any(options).whole };
}

export function keyAlgorithm(oid: readonly number[]): KeyAlgorithm {
  return ALGORITHMS.get(oid.join('.')) ?? KEY_ALGORITHM.unknown;
}

/** The key of a SubjectPublicKeyInfo; undefined for an algorithm that Go does not know. Throws DerError. */
export function readPublicKey({ oid, parameters }: AlgorithmIdentifier, bits: Buffer): PublicKey | undefined {
  const reader = new DerReader(bits, 'public key');
  switch (oid.join('.')) {
    case KEY_OID.rsa:
      if (!parameters.equals(DER_NULL)) throw reader.fail();
      return readRsa(reader);
    case KEY_OID.dsa:
      return readDsa(reader, new DerReader(parameters, 'DSA parameters'));
    case KEY_OID.ecdsa:
      return readEcdsa(bits, new DerReader(parameters, 'ECDSA parameters'));
    case KEY_OID.ed25519:
      if (parameters.length > 0 || bits.length !== 32) throw reader.fail();
      return { kind: 'ed25519', bytes: bits };
    default:
      return undefined;
  }
}

function readRsa(reader: DerReader): PublicKey {
  const sequence = reader.inside(TAG.sequence);
  const n = sequence.integer();
  const e = sequence.int64();
  if (n <= 0n || e <= 0n) throw reader.fail();
  return { kind: 'rsa', n, e };
}

function readDsa(reader: DerReader, parameters: DerReader): PublicKey {
  const y = reader.integer();
  const sequence = parameters.inside(TAG.sequence);
  const [p, q, g] = [sequence.integer(), sequence.integer(), sequence.integer()] as const;
  if ([y, p, q, g].some((value) => value <= 0n)) throw reader.fail();
  return { kind: 'dsa', p, q, g, y };
}

function readEcdsa(bits: Buffer, parameters: DerReader): PublicKey {
  const curve = curveByOid(parameters.oid());
  const point = curve === undefined ? undefined : pointOf(curve, bits);
  if (curve === undefined || point === undefined) throw parameters.fail();
  return { kind: 'ecdsa', curve, point };
}

/** The key as Go's types are in JSON: a curve shows nothing of itself, bytes are base64. */
export function publicKeyValue(key: PublicKey | undefined): RegoValue {
  if (key === undefined) return null;
  switch (key.kind) {
    case 'rsa':
      return numbers({ N: key.n, E: key.e });
    case 'dsa':
      return numbers({ P: key.p, Q: key.q, G: key.g, Y: key.y });
    case 'ecdsa':
      return new Map<RegoValue, RegoValue>([
        ['Curve', new Map()],
        ...numbers({ X: key.point.x, Y: key.point.y }),
      ]);
    case 'ed25519':
    default:
      return key.bytes.toString('base64');
  }
}

export function numbers(fields: Readonly<Record<string, bigint>>): Map<RegoValue, RegoValue> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, bigintToNumber(value)]));
}

/** The key for node:crypto; undefined for DSA, of which Go verifies no signatures. */
export function verificationKey(key: PublicKey): KeyObject | undefined {
  switch (key.kind) {
    case 'rsa': {
      const jwk = { kty: 'RSA', n: base64url(bytesOf(key.n)), e: base64url(bytesOf(key.e)) };
      return createPublicKey({ key: jwk, format: 'jwk' });
    }
    case 'ecdsa':
      return createPublicKey({ key: ecdsaInfo(key.curve, key.point), format: 'der', type: 'spki' });
    case 'ed25519':
      return createPublicKey({
        key: Buffer.concat([ED25519_PREFIX, key.bytes]),
        format: 'der',
        type: 'spki',
      });
    case 'dsa':
    default:
      return undefined;
  }
}

/** A SubjectPublicKeyInfo: JSON Web Keys have no name for P-224. */
function ecdsaInfo({ oid, size }: Curve, { x, y }: CurvePoint): Buffer {
  const point = Buffer.concat([Buffer.from([0, 4]), bytesOf(x, size), bytesOf(y, size)]);
  const algorithm = derElement(TAG.sequence, oidElement([1, 2, 840, 10045, 2, 1]), oidElement(oid));
  return derElement(TAG.sequence, algorithm, derElement(TAG.bitString, point));
}

/** An OBJECT IDENTIFIER. */
export function oidElement([first = 0, second = 0, ...others]: readonly number[]): Buffer {
  const octets = [40 * first + second, ...others].flatMap((component) => {
    const groups = [component & 0x7f];
    for (let left = component >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    return groups;
  });
  return derElement(TAG.oid, Buffer.from(octets));
}

function base64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}
