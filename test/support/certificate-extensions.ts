import { derElement, TAG } from '../../src/policy/builtins/x509/der.ts';
import {
  basicConstraints,
  extension,
  extKeyUsage,
  generalNames,
  keyUsage,
  NULL,
  nameConstraints,
  oid,
  sequence,
  subjectAltName,
} from './certificates.ts';

/** Extensions of certificates: usual, odd and broken ones. */

export function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

const ALTERNATIVE_NAMES: readonly Buffer[] = [
  subjectAltName([2, 'example.com'], [1, 'a@b.c'], [7, hex('01020304')], [7, Buffer.alloc(16, 1)]),
  subjectAltName([7, hex('00000000000000000000ffff01020304')], [6, '//h/?'], [6, 'http://h#']),
  ...(
    'https://u:p@ex.com:80/a%2Fb?x=1#f%20g spiffe://t/x urn:a:b /rel? http://a..b/ http://[::1]:80/x %zz http://a.b./ ' +
    'http://%ff/ x:/%ff%41 a:b ./a:b * http:///x file:/x http://h/[a]%41!*() http://:80/'
  )
    .split(' ')
    .concat('')
    .map((uri) => subjectAltName([6, uri])),
  ...(
    [
      [7, hex('010203')],
      [2, hex('c8')],
      [2, ''],
      [4, 'x'],
    ] as const
  ).map((one) => subjectAltName(one)),
  subjectAltName(),
  extension('2.5.29.17', generalNames([4, 'x']), true),
  extension('2.5.29.17', generalNames(), true),
];

const CONSTRAINTS: readonly Buffer[] = [
  nameConstraints(
    [
      [2, 'example.com'],
      [2, '.a.b'],
      [7, hex('0a000001ff000000')],
      [1, 'a@b.c'],
      [1, '.x.y'],
      [6, '.h.com'],
    ],
    [
      [2, 'bad.example.com'],
      [7, Buffer.alloc(32)],
    ],
  ),
  ...(
    [
      [2, 'a..b'],
      [2, ''],
      [7, hex('0a000001ff00ff00')],
      [7, hex('0a00')],
      [7, hex(`00000000000000000000ffff0a000000${'f'.repeat(26)}000000`)],
      [6, '1.2.3.4'],
      [1, '@b'],
      [1, '"a b"@c'],
      [1, 'a\\@b@c'],
      [4, 'x'],
    ] as const
  ).map((one) => nameConstraints([one])),
  nameConstraints([[4, 'x']], [], false),
  nameConstraints([]),
  nameConstraints([], [[2, 'x']]),
];

const POLICIES: readonly Buffer[] = [
  sequence(
    sequence(oid('2.5.29.32.0')),
    sequence(oid('1.2.3.4')),
    sequence(derElement(TAG.oid, hex('2a8fffffffffffffffff7f'))),
  ),
  sequence(),
  sequence(sequence(oid('1.2')), sequence(oid('1.2'))),
  ...['', '2a8001', '2a81', '8fffffffffffffffff7f01'].map((bytes) =>
    sequence(sequence(derElement(TAG.oid, hex(bytes)))),
  ),
].map((value) => extension('2.5.29.32', value));

function distributionPoint(...names: readonly (readonly [tag: number, value: string | Buffer])[]): Buffer {
  const fullName = derElement(
    0xa0,
    ...names.map(([tag, value]) => derElement(tag, Buffer.from(value as string))),
  );
  return sequence(derElement(0xa0, fullName));
}

function location(method: string, tag: number, value: Buffer): Buffer {
  return sequence(oid(method), derElement(tag, value));
}

export const EXTENSIONS: readonly Buffer[] = [
  ...ALTERNATIVE_NAMES,
  ...CONSTRAINTS,
  ...POLICIES,
  basicConstraints(true),
  basicConstraints(true, 0),
  basicConstraints(false),
  basicConstraints(true, 5, false),
  basicConstraints(true, 200),
  ...['3006010100020103', '300b0209007fffffffffffffff', '300a02087fffffffffffffff', '', '3003010101'].map(
    (bytes) => extension('2.5.29.19', hex(bytes), true),
  ),
  ...['1', '000001100', '111111111', '', '1111111111111111'].map(keyUsage),
  ...['03020900', '030201ff'].map((bytes) => extension('2.5.29.15', hex(bytes))),
  extKeyUsage(
    '1.3.6.1.5.5.7.3.1',
    '2.5.29.37.0',
    '1.2.3.4',
    '1.3.6.1.4.1.311.10.3.3',
    '2.16.840.1.113730.4.1',
  ),
  extKeyUsage('1.3.6.1.4.1.311.2.1.22', '1.3.6.1.4.1.311.61.1.1', '1.3.6.1.5.5.7.3.9'),
  extKeyUsage(),
  ...['0403616263', '0400', '0500'].map((bytes) => extension('2.5.29.14', hex(bytes))),
  extension('2.5.29.14', hex('0403616263'), true),
  ...['300380016b', '3000', '30028000'].map((bytes) => extension('2.5.29.35', hex(bytes))),
  extension('2.5.29.35', hex('300380016b'), true),
  extension(
    '2.5.29.31',
    sequence(
      distributionPoint([0x86, 'http://crl/'], [0x86, hex('e28241ff')], [0x82, 'x'], [0x86, 'y']),
      sequence(),
      sequence(derElement(0x81)),
    ),
  ),
  extension('2.5.29.31', sequence(sequence(derElement(0xa0, derElement(0xa1))))),
  extension(
    '1.3.6.1.5.5.7.1.1',
    sequence(
      location('1.3.6.1.5.5.7.48.1', 0x86, Buffer.from('http://ocsp')),
      location('1.3.6.1.5.5.7.48.2', 0x86, hex('f09f9880c0')),
      location('1.3.6.1.5.5.7.48.1', 0x82, NULL),
      location('1.2.3', 0x86, NULL),
    ),
  ),
  extension('1.3.6.1.5.5.7.1.1', sequence(), true),
  extension('2.5.29.33', sequence(sequence(oid('1.2.3'), oid('2.100.3')))),
  ...['30083006060006028080', '3006300406022a03'].map((bytes) => extension('2.5.29.33', hex(bytes))),
  ...['3006800100810105', '30038101ff', '30028000', '3000'].map((bytes) =>
    extension('2.5.29.36', hex(bytes)),
  ),
  ...['020100', '020109', '0201ff', '0200'].map((bytes) => extension('2.5.29.54', hex(bytes))),
  ...[true, false, hex('010100'), hex('010107')].map((critical) =>
    extension('1.2.3.4', Buffer.from('any'), critical),
  ),
  extension('2.5.29.99', Buffer.from('any'), true),
];
