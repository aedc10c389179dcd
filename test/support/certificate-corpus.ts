import { derElement, TAG } from '../../src/policy/builtins/x509/der.ts';
import { EXTENSIONS, hex } from './certificate-extensions.ts';
import {
  basicConstraints,
  type CertificateSpec,
  certificate,
  commonName,
  extKeyUsage,
  KEYS,
  keyUsage,
  NULL,
  name,
  oid,
  P256_A,
  pssSigning,
  rsaSigning,
  type Signing,
  sequence,
  signing,
  spkiOf,
  time,
  usualSigning,
} from './certificates.ts';

/** Certificates and requests with one odd thing each: what Go takes and what it refuses. */

const RSA = KEYS['rsa']!;

function integer(...bytes: readonly number[]): Buffer {
  return derElement(TAG.integer, Buffer.from(bytes));
}

/** A name with one attribute of this type and these bytes. */
function valued(tag: number, bytes: string | Buffer): Buffer {
  return name(['2.5.4.3', bytes, tag]);
}

const NAMES: readonly Buffer[] = [
  name(),
  name(
    ...[3, 3, 6, 7, 8, 9, 10, 11, 11, 17, 5, 65].map((last, i) => [`2.5.4.${last}`, `v${i}`, 0x13] as const),
  ),
  ...['e941'].map((bytes) => valued(TAG.t61String, hex(bytes))),
  ...['004120ac0000', '004100', 'd800', 'fffe', '00000000'].map((bytes) => valued(TAG.bmpString, hex(bytes))),
  valued(TAG.utf8String, hex('ff')),
  ...['a_b', 'a*&b'].map((text) => valued(TAG.printableString, text)),
  ...['12 3', '12a'].map((text) => valued(TAG.numericString, text)),
  ...['a@b', hex('c8')].map((text) => valued(TAG.ia5String, text)),
  ...[0x04, 0x1b, 0x33, 0x05, 0x0a, 0x9f].map((tag) => valued(tag, 'x')),
  ...['01', 'ff', '00', '0100'].map((bytes) => valued(TAG.boolean, hex(bytes))),
  ...['07', '', '010203040506070809', 'ff'].map((bytes) => valued(TAG.integer, hex(bytes))),
  ...['0308', '', '04f0', '04f8'].map((bytes) => valued(TAG.bitString, hex(bytes))),
  ...['2a03', '80', ''].map((bytes) => valued(TAG.oid, hex(bytes))),
  ...['250101000000Z', '2501010000-0130', 'x'].map((text) => valued(TAG.utcTime, text)),
  ...['20250101000000.5Z', '20250101000000.50Z', '20250101000000+2400'].map((text) =>
    valued(TAG.generalizedTime, text),
  ),
  ...['31023100', '3100', '3102', '30023000'].map((bytes) => sequence(hex(bytes))),
  derElement(TAG.set),
  sequence(
    derElement(TAG.set, sequence(oid('1.2'), derElement(TAG.utf8String, Buffer.from('x')), hex('010203'))),
  ),
];

const TIMES: readonly string[] = (
  '250101000000Z 2501010000Z 491231235959Z 500101000000Z 680229000000Z 690229000000Z 250230000000Z 251301000000Z ' +
  '250101240000Z 250101006000Z 250101000060Z 250101000000+0100 250101000000-0030 250101000000+0000 250101000000+2400 ' +
  '250101000000+2359 250101000000+2360 250101000000.5Z 2501010000 20250101000000Z 20250101000000.5Z 00000101000000Z ' +
  '99991231235959Z 99991231235959-0100 20250101000000+0130 202501010000Z 000229000000Z 19000229000000Z abc'
).split(' ');

function keyInfo(algorithm: Buffer, bits: Buffer): Buffer {
  return sequence(algorithm, derElement(TAG.bitString, Buffer.from([0]), bits));
}

const RSA_ALGORITHM = sequence(oid('1.2.840.113549.1.1.1'), NULL);
const P256_ALGORITHM = sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7'));
const SMALL_RSA = sequence(integer(0, 0x8f, 1, 1), integer(1, 0, 1));

const KEY_INFOS: readonly Buffer[] = [
  ...Object.values(KEYS).map(spkiOf),
  keyInfo(sequence(oid('1.2.840.113549.1.1.1')), SMALL_RSA),
  ...[
    Buffer.concat([SMALL_RSA, hex('00')]),
    sequence(integer(0), integer(3)),
    sequence(integer(255), integer(3)),
    sequence(integer(7), integer(0)),
    sequence(integer(7), derElement(TAG.integer, hex('7fffffffffffffff'))),
    sequence(integer(7), derElement(TAG.integer, hex('00ffffffffffffffff'))),
  ].map((key) => keyInfo(RSA_ALGORITHM, key)),
  ...[Buffer.from([0]), Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)])].map((key) =>
    keyInfo(P256_ALGORITHM, key),
  ),
  keyInfo(sequence(oid('1.2.840.10045.2.1')), Buffer.from([0])),
  keyInfo(sequence(oid('1.3.101.112'), NULL), Buffer.alloc(32, 2)),
  ...[31, 32].map((size) => keyInfo(sequence(oid('1.3.101.112')), Buffer.alloc(size, 255))),
  ...['030204f0', '030204f8'].map((bits) => sequence(sequence(oid('1.2.3.4')), hex(bits))),
];

const SIGNINGS: readonly Signing[] = [
  ...(['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const).map((hash) => rsaSigning(RSA, hash)),
  ...(['sha256', 'sha384', 'sha512'] as const).map((hash) => pssSigning(RSA, hash)),
  ...(['sha256', 'sha384', 'sha512'] as const).map((hash) => usualSigning(P256_A, hash)),
  ...[
    { maskHash: 'sha384' as const },
    { salt: 20 },
    { withNull: false },
    ...['a303020101', 'a303020102', 'a303040101', 'ff'].map((trailer) => ({ trailer: hex(trailer) })),
  ].map((options) => pssSigning(RSA, 'sha256', options)),
  ...['ed25519', 'dsa'].map((key) => usualSigning(KEYS[key]!)),
  signing(P256_A, 'sha1', sequence(oid('1.2.840.10045.4.1'))),
  signing(P256_A, 'sha256', sequence(oid('1.2.3'), NULL)),
  signing(KEYS['ed25519']!, '', sequence(oid('1.3.101.112'), NULL)),
  signing(RSA, 'sha1', sequence(oid('1.3.14.3.2.29'), NULL)),
  signing(RSA, 'sha256', sequence(oid('1.2.840.113549.1.1.10'))),
];

function odd(spec: Partial<CertificateSpec>): Buffer {
  const usual = {
    key: P256_A,
    signing: usualSigning(P256_A),
    subject: commonName('leaf'),
    issuer: commonName('root'),
  };
  return certificate({ ...usual, ...spec });
}

const CA = [basicConstraints(true)];

export const CERTIFICATES: readonly Buffer[] = [
  odd({}),
  ...EXTENSIONS.map((one) => odd({ extensions: [one] })),
  odd({ extensions: [...CA, ...CA] }),
  odd({ extensions: [...CA, keyUsage('1'), extKeyUsage('1.2')] }),
  ...NAMES.flatMap((one) => [odd({ subject: one }), odd({ issuer: one })]),
  ...TIMES.flatMap((one) => [odd({ notBefore: time(one) }), odd({ notAfter: time(one) })]),
  odd({ notBefore: derElement(TAG.utf8String, Buffer.from('250101000000Z')) }),
  ...KEY_INFOS.map((one) => odd({ keyInfo: one })),
  ...SIGNINGS.map((one) => odd({ signing: one })),
  ...['00', '80', '0080', '0001', '7f', '', '7f'.repeat(20), '31'.repeat(200)].map((bytes) =>
    odd({ serial: hex(bytes) }),
  ),
  ...[
    '',
    'a003020100',
    'a003020101',
    'a003020103',
    'a0030201ff',
    'a006020102020102',
    'a000',
    'a00402020002',
  ].map((bytes) => odd({ version: hex(bytes), extensions: CA })),
  ...['81020001', '8102000182020001', 'a1020001', '0400'].map((bytes) =>
    odd({ uniqueIds: [hex(bytes)], extensions: CA }),
  ),
  odd({ version: hex('a003020101'), uniqueIds: [hex('81020001')] }),
  odd({ outerAlgorithm: sequence(oid('1.2.3')) }),
  odd({ signature: () => Buffer.alloc(0) }),
];

interface RequestSpec {
  readonly version?: Buffer;
  readonly subject?: Buffer;
  readonly keyInfo?: Buffer;
  readonly attributes?: readonly Buffer[];
  readonly attributesTag?: number;
  readonly signing?: Signing;
}

function request(spec: RequestSpec): Buffer {
  const how = spec.signing ?? usualSigning(P256_A);
  const attributes = derElement(spec.attributesTag ?? 0xa0, ...(spec.attributes ?? []));
  const info = [
    spec.version ?? integer(0),
    spec.subject ?? commonName('x'),
    spec.keyInfo ?? spkiOf(P256_A),
    attributes,
  ];
  const signed = sequence(...info);
  return sequence(signed, how.algorithm, derElement(TAG.bitString, Buffer.from([0]), how.sign(signed)));
}

function attribute(id: string, ...values: readonly Buffer[]): Buffer {
  return sequence(oid(id), derElement(TAG.set, ...values));
}

const WANTED = '1.2.840.113549.1.9.14';
const TEXT = derElement(TAG.utf8String, Buffer.from('x'));

export const REQUESTS: readonly Buffer[] = [
  request({}),
  ...NAMES.map((one) => request({ subject: one })),
  ...KEY_INFOS.map((one) => request({ keyInfo: one })),
  ...SIGNINGS.map((one) => request({ signing: one })),
  ...EXTENSIONS.map((one) => request({ attributes: [attribute(WANTED, sequence(one))] })),
  ...NAMES.map((one) => request({ attributes: [attribute('1.2.3', sequence(one.subarray(4)))] })),
  ...[
    [attribute(WANTED, sequence(...CA)), attribute(WANTED, sequence(...CA))],
    [attribute(WANTED, sequence(...CA)), attribute(WANTED, sequence(keyUsage('1')))],
    ...[[], [sequence()], [TEXT]].map((values) => [attribute(WANTED, ...values)]),
    [attribute('1.2.840.113549.1.9.7', TEXT)],
    [NULL],
    [sequence(oid('1.2.3'))],
    [attribute('1.2.3', sequence(sequence(oid('1.2.4'), TEXT)))],
    [attribute('1.2.3', sequence())],
    [attribute('1.2.3')],
  ].map((attributes) => request({ attributes })),
  ...[0x80, 0xa1].map((attributesTag) => request({ attributesTag })),
  ...[integer(255), integer(1, 2, 3, 4, 5, 6, 7, 8, 9), derElement(TAG.octetString)].map((version) =>
    request({ version }),
  ),
  ...['0c0178', '1f2200'].map((subject) => request({ subject: hex(subject) })),
  Buffer.concat([request({}), Buffer.from([0])]),
];
