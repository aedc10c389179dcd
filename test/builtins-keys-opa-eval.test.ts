// needs: opa
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bigintOf, bytesOf } from '../src/policy/builtins/x509/curves.ts';
import { derElement, TAG } from '../src/policy/builtins/x509/der.ts';
import type { RegoValue } from '../src/policy/value.ts';
import {
  certificate,
  commonName,
  KEYS,
  NULL,
  oid,
  P256_A,
  pem,
  pemChain,
  sequence,
  usualSigning,
} from './support/certificates.ts';
import { generated } from './support/generated.ts';
import { agree, type Operands } from './support/opa-eval.ts';

/** Private keys against the real OPA: of all types and formats, with numbers that do not go together, and broken ones. */

type Block = readonly [type: string, der: Buffer];

const RSA_KEYS = [KEYS['rsa']!, KEYS['smallRsa']!, generateKeyPairSync('rsa', { modulusLength: 512 })];
const EC_KEYS = ['p256', 'p224', 'p384', 'p521', 'k256'].map((key) => KEYS[key]!);

function exported(key: KeyObject, type: 'pkcs1' | 'pkcs8' | 'sec1'): Buffer {
  return key.export({ type, format: 'der' }) as Buffer;
}

const PKCS1 = RSA_KEYS.map(({ privateKey }) => exported(privateKey, 'pkcs1'));
const PKCS8 = Object.values(KEYS).map(({ privateKey }) => exported(privateKey, 'pkcs8'));
const SEC1 = EC_KEYS.map(({ privateKey }) => exported(privateKey, 'sec1'));

/** A sequence of integers and other elements. */
function numbers(...values: readonly (bigint | Buffer)[]): Buffer {
  return sequence(...values.map((value) => (typeof value === 'bigint' ? integer(value) : value)));
}

function integer(value: bigint): Buffer {
  const bytes = bytesOf(value);
  return derElement(
    TAG.integer,
    bytes.length === 0 || bytes[0]! >= 0x80 ? Buffer.from([0]) : NULL.subarray(2),
    bytes,
  );
}

const JWK = RSA_KEYS[0]!.privateKey.export({ format: 'jwk' });
const [n, e, d, p, q, dp, dq, qi] = (['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const).map((name) =>
  bigintOf(Buffer.from(JWK[name]!, 'base64url')),
) as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

function otherPrime(...values: readonly bigint[]): Buffer {
  return sequence(numbers(...values));
}

const RSA_NUMBERS: readonly Buffer[] = [
  numbers(0n, n, e, d, p, q),
  numbers(0n, n, e, d, p, q, dp),
  numbers(0n, n, e, d, p, q, dp, dq),
  ...[0n, 1n, 2n].map((version) => numbers(version, n, e, d, p, q, dp, dq, qi)),
  numbers(0n, n, e, d, q, p),
  numbers(0n, n, e, d, q, p, dq, dp, qi),
  numbers(0n, n, e + 1n, d, p, q, dp, dq, qi),
  numbers(0n, n, e, d + 1n, p, q, dp, dq, qi),
  numbers(0n, n, e, d, p, q, dp + 1n, dq, qi),
  numbers(0n, n, e, d, p, q, dp, dq, qi + 1n),
  numbers(0n, n, e, d, p, q, dp, dq, qi + p),
  numbers(0n, n, e, d, p, q, dp, dq, 0n),
  numbers(0n, n + 2n, e, d, p, q, dp, dq, qi),
  numbers(0n, n, e, d + (p - 1n) * (q - 1n), p, q, dp, dq, qi),
  numbers(0n, n, e, 3n, p, q),
  numbers(0n, n, 1n, 1n, p, q),
  numbers(0n, n, e, d, p, q, dp, dq, qi, sequence()),
  ...[otherPrime(13n, 1n, 1n), otherPrime(p, 1n, 1n), otherPrime(1n, 1n, 1n), otherPrime(13n), NULL].map(
    (others) => numbers(1n, n, e, d, p, q, dp, dq, qi, others),
  ),
  numbers(1n, n, e, d, p, q, otherPrime(13n, 1n, 1n)),
  numbers(1n, n, e, d, p, q, sequence(numbers(7n, 1n, 1n), numbers(11n, 1n, 1n))),
  numbers(0n, 15n, 3n, 3n, 3n, 5n),
  numbers(0n, 33n, 3n, 7n, 3n, 11n, 1n, 7n, 2n),
  numbers(0n, n, e, d, p, q, derElement(TAG.octetString)),
  Buffer.concat([numbers(0n, n, e, d, p, q, dp, dq, qi), Buffer.from([0])]),
];

const CURVE = oid('1.2.840.10045.3.1.7');
const NAMED = derElement(0xa0, CURVE);
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const ONES = Buffer.alloc(32, 1);

function sec1(secret: Buffer, ...optional: readonly Buffer[]): Buffer {
  return numbers(1n, derElement(TAG.octetString, secret), ...optional);
}

const EC_NUMBERS: readonly Buffer[] = [
  sec1(ONES, NAMED),
  sec1(ONES),
  ...[
    Buffer.from([1]),
    Buffer.concat([Buffer.alloc(3), ONES]),
    Buffer.alloc(33, 1),
    Buffer.alloc(32),
    Buffer.alloc(0),
    bytesOf(ORDER),
    bytesOf(ORDER - 1n),
  ].map((secret) => sec1(secret, NAMED)),
  ...['a000', '8000', '800100', 'a10100', 'ff', 'a00502030000'].map((bytes) =>
    sec1(ONES, Buffer.from(bytes, 'hex')),
  ),
  ...['a103030100', 'a103040100', 'ff', '0285', 'a100'].map((bytes) =>
    sec1(ONES, NAMED, Buffer.from(bytes, 'hex')),
  ),
  sec1(ONES, Buffer.concat([Buffer.from([0xa0, 3]), CURVE])),
  numbers(2n, derElement(TAG.octetString, ONES), NAMED),
  Buffer.concat([sec1(ONES, NAMED), Buffer.from([9])]),
];

function pkcs8(
  algorithm: string,
  key: Buffer,
  parameters: Buffer = Buffer.alloc(0),
  version: bigint = 0n,
): Buffer {
  return numbers(version, sequence(oid(algorithm), parameters), derElement(TAG.octetString, key));
}

const SEED = derElement(TAG.octetString, Buffer.alloc(32, 3));

const WRAPPED: readonly Buffer[] = [
  pkcs8('1.3.101.112', SEED),
  pkcs8('1.3.101.112', derElement(TAG.octetString, Buffer.alloc(31, 3))),
  pkcs8('1.3.101.112', SEED, NULL),
  pkcs8('1.3.101.112', Buffer.concat([SEED, Buffer.from([1])]), undefined, 5n),
  pkcs8('1.3.101.110', SEED),
  pkcs8('1.3.101.110', SEED, NULL),
  pkcs8('1.2.3', SEED),
  ...[CURVE, oid('1.3.132.0.34'), oid('1.2.3'), NULL].flatMap((curve) =>
    [sec1(ONES), sec1(ONES, NAMED)].map((key) => pkcs8('1.2.840.10045.2.1', key, curve)),
  ),
  ...RSA_NUMBERS.slice(0, 3).map((key) => pkcs8('1.2.840.113549.1.1.1', key, NULL)),
];

function blocksOf(type: string, ders: readonly Buffer[]): Block[] {
  return ders.map((der): Block => [type, der]);
}

const BLOCKS: readonly Block[] = [
  ...blocksOf('RSA PRIVATE KEY', [...PKCS1, ...RSA_NUMBERS, SEC1[0]!]),
  ...blocksOf('EC PRIVATE KEY', [...SEC1, ...EC_NUMBERS, PKCS8[0]!]),
  ...blocksOf('PRIVATE KEY', [...PKCS8, ...WRAPPED, PKCS1[0]!]),
  ...blocksOf('OTHER', [PKCS1[0]!]),
];

const RSA_PEM = pem('RSA PRIVATE KEY', PKCS1[0]!);
const EC_PEM = pem('EC PRIVATE KEY', SEC1[0]!);
const BEGIN = '-----BEGIN RSA PRIVATE KEY-----\n';

/** Ways to write keys, some of which Go's PEM reader does not see. */
const TEXTS: readonly string[] = [
  '',
  'x',
  'AAAA',
  '-----BEGIN',
  '-----BEGIN X-----',
  '-----BEGIN -----\n-----END -----\n',
  RSA_PEM + EC_PEM,
  EC_PEM + RSA_PEM,
  `${RSA_PEM}\n\n${EC_PEM}x`,
  ...['junk\n', 'é', 'x-----BEGIN A-----\n', '-----BEGIN A-----\n'].map((before) => before + RSA_PEM),
  ...['-----BEGIN A-----\n-----END A-----\n', '-----BEGIN A-----\n-----END B-----\n'].map(
    (before) => before + RSA_PEM,
  ),
  ...['c: d\n', 'c: d\n\n', 'c\n'].map((lines) => `-----BEGIN A-----\n${lines}-----END A-----\n${RSA_PEM}`),
  `-----BEGIN A: b-----\nc: d\n-----END A: b-----\n${RSA_PEM}`,
  `-----END ${RSA_PEM}`,
  `\n-----END ${RSA_PEM}`,
  `${RSA_PEM}trailing`,
  RSA_PEM.trimEnd(),
  ...[
    ['\n', '\r\n'],
    ['\n', ' \t\n'],
    [BEGIN, `${BEGIN}Proc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n`],
    [BEGIN, `${BEGIN}\n\n  `],
    [BEGIN, BEGIN.replace('-----\n', '----- \t\n')],
    [BEGIN, BEGIN.replace('-----\n', '----\n')],
    ['END RSA', 'END EC'],
    ['-----END', ' -----END'],
    ['MII', 'M*I'],
    ['=\n', '\n'],
  ].map(([from, to]) => RSA_PEM.replaceAll(from!, to!)),
  Buffer.from(RSA_PEM).toString('base64'),
  Buffer.from(Buffer.from(RSA_PEM).toString('base64')).toString('base64'),
];

const change = fc.tuple(
  fc.nat(100),
  fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 0x30, 0x80, 0x81, 0xa0, 0xa1, 0xff)),
);

/** A key with a byte changed; most changes beyond the beginnings only make other numbers. */
const changed = fc
  .tuple(fc.constantFrom(...BLOCKS), change)
  .map(([[type, der], [at, value]]): RegoValue[] => {
    const bytes = Buffer.from(der);
    bytes[at % bytes.length] = value;
    return [pem(type, bytes)];
  });

const ROWS: readonly Operands[] = [
  ...BLOCKS.map(([type, der]): Operands => [pem(type, der)]),
  ...TEXTS.map((text): Operands => [text]),
  [7],
  ...generated(changed, 600),
];

for (const builtin of ['crypto.parse_private_keys', 'crypto.x509.parse_rsa_private_key']) {
  test(builtin, async () => {
    await agree(builtin, ROWS);
  });
}

test('crypto.x509.parse_keypair', async () => {
  const made = Object.values(KEYS).map((key) => {
    const [subject, issuer] = [commonName('leaf'), commonName('root')];
    return certificate({ key, signing: usualSigning(P256_A), subject, issuer });
  });
  const [first, second] = made as [Buffer, Buffer];
  const certificates = [
    ...made.map((der) => pem('CERTIFICATE', der)),
    ...made.map((der) => der.toString('base64')),
    pem('CERTIFICATE', Buffer.concat([first, second])),
    pemChain(first, second),
    `${pem('X', second)}${pem('CERTIFICATE', first)}junk`,
    Buffer.from(pem('CERTIFICATE', first)).toString('base64'),
    pem('X', first),
    EC_PEM,
    '',
    'AAAA',
    '*',
  ];
  const keys = [
    ...PKCS8.map((der) => pem('PRIVATE KEY', der)),
    ...PKCS1.map((der) => der.toString('base64')),
    ...SEC1.map((der) => pem('ANY PRIVATE KEY', der)),
    `${pem('X', SEC1[0]!)}${RSA_PEM}${EC_PEM}`,
    pem('NOPRIVATE KEY', SEC1[0]!),
    Buffer.from(RSA_PEM).toString('base64'),
    pem('PRIVATE KEY', NULL),
    pem('CERTIFICATE', first),
    '',
    '*',
  ];
  const pairs = certificates.flatMap((text) => keys.map((key): Operands => [text, key]));
  await agree('crypto.x509.parse_keypair', [...pairs, [7, RSA_PEM], [pem('CERTIFICATE', first), 7]]);
});
