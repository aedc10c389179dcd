import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { derElement, TAG } from '../../src/policy/builtins/x509/der.ts';
import { oidElement } from '../../src/policy/builtins/x509/public-key.ts';

/** Certificates, requests and keys for tests, also such as no tool would make. Keys are made anew for each process. */

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const KEYS: Readonly<Record<string, KeyPair>> = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  smallRsa: generateKeyPairSync('rsa', { modulusLength: 1024 }),
  p224: generateKeyPairSync('ec', { namedCurve: 'secp224r1' }),
  p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  p384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  p521: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  k256: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ed25519: generateKeyPairSync('ed25519'),
  ed448: generateKeyPairSync('ed448'),
  x25519: generateKeyPairSync('x25519'),
  dsa: generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 }),
};

export const P256_A: KeyPair = KEYS['p256']!;

const SHA_OIDS = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** A way to sign: the identifier's content and how Node does it. */
export interface Signing {
  readonly algorithm: Buffer;
  readonly sign: (signed: Buffer) => Buffer;
}

export function oid(text: string): Buffer {
  return oidElement(text.split('.').map(Number));
}

export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return derElement(TAG.sequence, ...contents);
}

export const NULL: Buffer = Buffer.from([5, 0]);

export function signing(key: KeyPair, hash: string, algorithm: Buffer, options: object = {}): Signing {
  const hashName = hash === '' ? null : hash;
  return {
    algorithm,
    sign: (signed) => sign(hashName, signed, { key: key.privateKey, ...options }),
  };
}

const RSA_OIDS = { md5: 4, sha1: 5, sha256: 11, sha384: 12, sha512: 13 };
const EC_OIDS = { sha256: 2, sha384: 3, sha512: 4 };

/** The usual way for the key and hash. */
export function usualSigning(key: KeyPair, hash: keyof typeof EC_OIDS = 'sha256'): Signing {
  const type = key.privateKey.asymmetricKeyType;
  if (type === 'rsa') return rsaSigning(key, hash);
  if (type === 'ec') return signing(key, hash, sequence(oid(`1.2.840.10045.4.3.${EC_OIDS[hash]}`)));
  if (type === 'ed25519') return signing(key, '', sequence(oid('1.3.101.112')));
  const nonsense = Buffer.from('3006020101020101', 'hex');
  return { algorithm: sequence(oid('2.16.840.1.101.3.4.3.2')), sign: () => nonsense };
}

export function rsaSigning(key: KeyPair, hash: keyof typeof RSA_OIDS): Signing {
  return signing(key, hash, sequence(oid(`1.2.840.113549.1.1.${RSA_OIDS[hash]}`), NULL));
}

/** RSASSA-PSS with parameters that say what is given; it signs with a salt as long as the hash. */
export function pssSigning(
  key: KeyPair,
  hash: keyof typeof SHA_OIDS,
  options: {
    readonly maskHash?: keyof typeof SHA_OIDS;
    readonly salt?: number;
    readonly withNull?: boolean;
    readonly trailer?: Buffer;
  } = {},
): Signing {
  const { maskHash = hash, salt = Number(hash.slice(3)) / 8, withNull = true } = options;
  const nothing = withNull ? NULL : Buffer.alloc(0);
  const parameters = sequence(
    derElement(0xa0, sequence(oid(SHA_OIDS[hash]), nothing)),
    derElement(0xa1, sequence(oid('1.2.840.113549.1.1.8'), sequence(oid(SHA_OIDS[maskHash]), nothing))),
    derElement(0xa2, derElement(TAG.integer, Buffer.from([salt]))),
    options.trailer ?? Buffer.alloc(0),
  );
  return signing(key, hash, sequence(oid('1.2.840.113549.1.1.10'), parameters), {
    padding: 6,
    saltLength: -1,
  });
}

export interface CertificateSpec {
  readonly key: KeyPair;
  readonly signing: Signing;
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly notBefore?: Buffer;
  readonly notAfter?: Buffer;
  readonly serial?: Buffer;
  /** Encoded, or undefined for the first version. */
  readonly version?: Buffer | undefined;
  readonly extensions?: readonly Buffer[];
  readonly keyInfo?: Buffer;
  readonly uniqueIds?: readonly Buffer[];
  readonly signature?: (signature: Buffer) => Buffer;
  readonly outerAlgorithm?: Buffer;
}

export const VERSION_3: Buffer = derElement(0xa0, Buffer.from([2, 1, 2]));

export function certificate(spec: CertificateSpec): Buffer {
  const { key, signing: how, extensions = [], signature = (made) => made } = spec;
  const tbs = sequence(
    ('version' in spec ? spec.version : VERSION_3) ?? Buffer.alloc(0),
    derElement(TAG.integer, spec.serial ?? Buffer.from([1])),
    how.algorithm,
    spec.issuer,
    sequence(spec.notBefore ?? time('20200101000000Z'), spec.notAfter ?? time('20400101000000Z')),
    spec.subject,
    spec.keyInfo ?? spkiOf(key),
    ...(spec.uniqueIds ?? []),
    extensions.length === 0 ? Buffer.alloc(0) : derElement(0xa3, sequence(...extensions)),
  );
  const bits = Buffer.concat([Buffer.from([0]), signature(how.sign(tbs))]);
  return sequence(tbs, spec.outerAlgorithm ?? how.algorithm, derElement(TAG.bitString, bits));
}

export function spkiOf({ publicKey }: KeyPair): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** UTCTime for two digits of a year, else GeneralizedTime. */
export function time(text: string): Buffer {
  return derElement(/^\d{14}/.test(text) ? TAG.generalizedTime : TAG.utcTime, Buffer.from(text));
}

/** A distinguished name of the attributes, each a set of its own: `[oid, text, tag]`. */
export function name(
  ...attributes: readonly (readonly [type: string, value: string | Buffer, tag?: number])[]
): Buffer {
  const sets = attributes.map(([type, value, tag = TAG.utf8String]) =>
    derElement(TAG.set, sequence(oid(type), derElement(tag, Buffer.from(value as string)))),
  );
  return sequence(...sets);
}

export function commonName(text: string): Buffer {
  return name(['2.5.4.10', 'Test'], ['2.5.4.3', text]);
}

export function extension(id: string, value: Uint8Array, critical: boolean | Buffer = false): Buffer {
  const flag =
    critical === true ? Buffer.from([1, 1, 0xff]) : critical === false ? Buffer.alloc(0) : critical;
  return sequence(oid(id), flag, derElement(TAG.octetString, value));
}

export function basicConstraints(isCa: boolean, maxPathLength?: number, critical: boolean = true): Buffer {
  const length = maxPathLength === undefined ? Buffer.alloc(0) : Buffer.from([2, 1, maxPathLength]);
  return extension(
    '2.5.29.19',
    sequence(isCa ? Buffer.from([1, 1, 0xff]) : Buffer.alloc(0), length),
    critical,
  );
}

export function keyUsage(bits: string): Buffer {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  const bytes = (padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const unused = padded.length - bits.length;
  return extension('2.5.29.15', derElement(TAG.bitString, Buffer.from([unused, ...bytes])), true);
}

export function extKeyUsage(...oids: readonly string[]): Buffer {
  return extension('2.5.29.37', sequence(...oids.map(oid)));
}

/** A name by the number of its tag: 1 e-mail, 2 DNS, 6 URI, 7 address. */
export type GeneralName = readonly [tag: number, value: string | Buffer];

export function generalNames(...names: readonly GeneralName[]): Buffer {
  return sequence(...names.map(generalName));
}

export function subjectAltName(...names: readonly GeneralName[]): Buffer {
  return extension('2.5.29.17', generalNames(...names));
}

export function nameConstraints(
  permitted: readonly GeneralName[],
  excluded: readonly GeneralName[] = [],
  critical: boolean = true,
): Buffer {
  const side = (tag: number, names: readonly GeneralName[]): Buffer =>
    names.length === 0 ? Buffer.alloc(0) : derElement(tag, ...names.map((one) => sequence(generalName(one))));
  return extension('2.5.29.30', sequence(side(0xa0, permitted), side(0xa1, excluded)), critical);
}

function generalName([tag, value]: GeneralName): Buffer {
  return derElement(0x80 | tag, Buffer.from(value as string));
}

export function pem(type: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ''].join('\n');
}

export function pemChain(...certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => pem('CERTIFICATE', der)).join('');
}
