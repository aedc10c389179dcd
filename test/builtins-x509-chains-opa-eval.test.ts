// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../src/policy/builtins/json-value.ts';
import { derElement, TAG } from '../src/policy/builtins/x509/der.ts';
import type { RegoValue } from '../src/policy/value.ts';
import {
  basicConstraints,
  certificate,
  commonName,
  extension,
  extKeyUsage,
  type GeneralName,
  KEYS,
  type KeyPair,
  keyUsage,
  nameConstraints,
  oid,
  pemChain,
  pssSigning,
  rsaSigning,
  type Signing,
  sequence,
  subjectAltName,
  time,
  usualSigning,
  VERSION_3,
} from './support/certificates.ts';
import { agree, callBuiltin, type Operands } from './support/opa-eval.ts';

/** Chains of certificates against the real OPA: most of them good but for one thing, and questions of all kinds. */

/** The same choices at each run. */
class Luck {
  #state = 20_261_122;

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#state >>> 7) % limit;
  }

  one<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  some<T>(choices: readonly T[], most: number): T[] {
    return Array.from({ length: 1 + this.below(most) }, () => this.one(...choices));
  }

  maybe<T>(percent: number, make: () => T): T[] {
    return this.below(100) < percent ? [make()] : [];
  }
}

const luck = new Luck();

const SMALL_RSA = KEYS['smallRsa']!;
const SIGNERS = [...['p256', 'ed25519', 'p384', 'p521', 'p224'].map((key) => KEYS[key]!), SMALL_RSA];

const HOSTS = (
  'example.com a.example.com b.a.example.com EXAMPLE.com *.example.com other.org x-a.example.com * a *.a.b a.b _x.y ' +
  '-x.y a..b .example.com host. *.com'
).split(' ');

const V6 = Buffer.from('20010db8000000000000000000000001', 'hex');
const MAPPED = Buffer.from('00000000000000000000ffff0a010203', 'hex');
const NAMES: readonly GeneralName[] = [
  ...HOSTS.concat('', 'bad host').map((host): GeneralName => [2, host]),
  ...[Buffer.from([10, 1, 2, 3]), Buffer.from([11, 1, 2, 3]), MAPPED, V6].map((ip): GeneralName => [7, ip]),
  ...'a@example.com A@example.com b@sub.Example.com nonsense "a"@example.com'
    .split(' ')
    .map((box): GeneralName => [1, box]),
  ...(
    'https://example.com/x https://a.EXAMPLE.com:8080/ urn:x:y http://10.0.0.1/ http://[::1]/ http://[fe80::1%25x]:1/ ' +
    'spiffe://other.org/a x://a:1,b:2/ http://:80/ http://*.example.com/'
  )
    .split(' ')
    .map((uri): GeneralName => [6, uri]),
];

function network(ip: string, mask: string): GeneralName {
  return [7, Buffer.from(ip + mask, 'hex')];
}

const CONSTRAINTS: readonly GeneralName[] = [
  ...'example.com .example.com a.example.com com other.org EXAMPLE.COM'
    .split(' ')
    .map((host): GeneralName => [2, host]),
  ...['a@example.com', 'example.com', '.example.com', '"a"@EXAMPLE.com'].map((box): GeneralName => [1, box]),
  ...['example.com', '.example.com', 'other.org', ''].map((host): GeneralName => [6, host]),
  [2, ''],
  network('0a000000', 'ff000000'),
  network('0a010203', 'ffff0000'),
  network('00000000', '00000000'),
  network('00000000000000000000ffff0a000000', `${'f'.repeat(26)}000000`),
  network('20010db8000000000000000000000000', 'ffffffff000000000000000000000000'),
  [7, Buffer.alloc(32)],
];

const POLICIES = ['2.5.29.32.0', '1.2.3.1', '1.2.3.2', '1.2.3.3'];
const USAGES = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.3', '2.5.29.37.0', '1.2.3.4'];

function small(): Buffer {
  return Buffer.from([luck.below(3)]);
}

function policies(): Buffer {
  const named = new Set(luck.some(POLICIES, 3));
  return extension('2.5.29.32', sequence(...Array.from(named, (policy) => sequence(oid(policy)))));
}

function policyMappings(): Buffer {
  const mappings = luck.some(POLICIES, 2).map((policy) => sequence(oid(policy), oid(luck.one(...POLICIES))));
  return extension('2.5.29.33', sequence(...mappings));
}

function policyConstraints(): Buffer {
  const limit = (tag: number): Buffer[] => luck.maybe(60, () => derElement(tag, small()));
  return extension('2.5.29.36', sequence(...limit(0x80), ...limit(0x81)));
}

function constraints(): Buffer {
  const permitted = luck.below(4) === 0 ? [] : luck.some(CONSTRAINTS, 3);
  const excluded: GeneralName[] = luck.below(2) === 0 ? [[2, 'evil.com']] : luck.some(CONSTRAINTS, 2);
  return nameConstraints(permitted, excluded, luck.below(2) === 0);
}

/** Extensions that limit what a chain is good for. */
function limits(percent: number): Buffer[] {
  return [
    ...luck.maybe(percent, constraints),
    ...luck.maybe(percent, policies),
    ...luck.maybe(percent / 2, policyMappings),
    ...luck.maybe(percent, policyConstraints),
    ...luck.maybe(percent / 2, () => extension('2.5.29.54', derElement(TAG.integer, small()))),
    ...luck.maybe(percent, () => extKeyUsage(...luck.some(USAGES, 2))),
    ...luck.maybe(percent / 6, () => extension('1.2.3.9', Buffer.from('x'), true)),
  ];
}

function keyId(): Buffer {
  return Buffer.from(luck.one('k1', 'k2', ''));
}

function extensionsOf(isLeaf: boolean, percent: number): Buffer[] {
  const usual: GeneralName[] = [
    [2, 'a.example.com'],
    [7, Buffer.from([10, 1, 2, 3])],
  ];
  return [
    ...luck.maybe(isLeaf ? 90 : 10, () =>
      subjectAltName(...(luck.below(3) > 0 ? usual : luck.some(NAMES, 4))),
    ),
    ...luck.maybe(isLeaf ? 20 : 94, () =>
      basicConstraints(!isLeaf && luck.below(15) > 0, luck.one(undefined, undefined, 0, 1, 2)),
    ),
    ...luck.maybe(50, () => keyUsage(isLeaf || luck.below(12) === 0 ? '1' : '000001')),
    ...luck.maybe(30, () => extension('2.5.29.14', derElement(TAG.octetString, keyId()))),
    ...luck.maybe(30, () => extension('2.5.29.35', sequence(derElement(0x80, keyId())))),
    ...limits(percent),
  ];
}

function signingWith(key: KeyPair): Signing {
  if (key !== SMALL_RSA) return usualSigning(key, luck.one('sha256', 'sha384', 'sha512'));
  return luck.below(3) === 0
    ? pssSigning(key, luck.one('sha256', 'sha384'))
    : rsaSigning(key, luck.one('sha256', 'sha256', 'sha512', 'sha1'));
}

const TIMES = ['19900101000000Z', '20200101000000Z', '20300101000000Z', '20400101000000Z'];

function timeOr(usual: string): Buffer {
  return time(luck.below(12) === 0 ? luck.one(...TIMES) : usual);
}

function changedAtEnd(signature: Buffer): Buffer {
  const changed = Buffer.from(signature);
  changed[changed.length - 1]! ^= 1;
  return changed;
}

/** From a root to a leaf; now and then one twice, out of order, or cross-signed. */
function chain(): Buffer[] {
  const depth = luck.below(4);
  const percent = luck.one(0, 0, 8, 15, 30);
  const keys = Array.from({ length: depth + 2 }, () => luck.one(...SIGNERS));
  const names = keys.map((_, i) =>
    i === 0 ? 'root' : i > depth ? 'leaf' : `i${luck.below(4) === 0 ? 0 : i}`,
  );
  const made = keys.map((key, i) => {
    const above = Math.max(0, i - 1);
    const signer = luck.below(40) === 0 ? luck.one(...SIGNERS) : keys[above]!;
    return certificate({
      key,
      signing: signingWith(signer),
      subject: commonName(names[i]!),
      issuer: commonName(luck.below(40) === 0 ? 'nobody' : names[above]!),
      serial: Buffer.from([i + 1]),
      notBefore: timeOr('20200101000000Z'),
      notAfter: timeOr('20400101000000Z'),
      version: luck.below(30) === 0 ? undefined : VERSION_3,
      extensions: extensionsOf(i > depth, percent),
      ...(luck.below(40) === 0 ? { signature: changedAtEnd } : {}),
    });
  });
  if (luck.below(4) === 0) made.splice(1, 0, made[luck.below(made.length - 1)]!);
  if (luck.below(6) === 0) made.splice(1 + luck.below(made.length - 1), 0, crossSigned(keys, names));
  return luck.below(25) === 0 ? made.reverse() : made;
}

function crossSigned([root, first]: readonly KeyPair[], names: readonly string[]): Buffer {
  const extensions = [basicConstraints(true), ...limits(20)];
  const [issuer, subject] = [commonName('root'), commonName(names[1]!)];
  return certificate({
    key: first!,
    signing: usualSigning(root!),
    subject,
    issuer,
    serial: Buffer.from([99]),
    extensions,
  });
}

const ASKED_HOSTS = HOSTS.concat(
  '[10.1.2.3]',
  '10.1.2.3',
  'a.example.com.',
  '"a.example.com"',
  '::ffff:10.1.2.3',
  'é.com',
);
const ASKED_TIMES =
  '1600000000000000000 1700000000000000000 1577836800000000000 1577836799999999999 2208988800000000000 2208988800000000001';
const ASKED_USAGES = ['Any', 'ServerAuth', 'ClientAuth', 'CodeSigning'].map((usage) => `KeyUsage${usage}`);
const ODD: readonly (readonly [string, RegoValue])[] = [
  ['MaxConstraintComparisons', 3],
  ['MaxConstraintComparisons', 'x'],
  ['nonsense', 1],
  ['CurrentTime', 'x'],
  ['CurrentTime', 1.5],
  ['CurrentTime', -1],
  ['DNSName', 4],
  ['KeyUsages', 'KeyUsageAny'],
  ['KeyUsages', ['nonsense']],
  ['KeyUsages', [3, '"KeyUsageAny"']],
];

function options(): RegoValue {
  return new Map<RegoValue, RegoValue>([
    [
      'CurrentTime',
      parseJson(luck.below(3) === 0 ? luck.one(...ASKED_TIMES.split(' ')) : '1600000000000000000'),
    ],
    ...luck.maybe(
      50,
      () => ['DNSName', luck.below(2) === 0 ? luck.one(...ASKED_HOSTS) : 'a.example.com'] as const,
    ),
    ...luck.maybe(40, () => ['KeyUsages', luck.some(ASKED_USAGES, 2)] as const),
    ...luck.maybe(5, () => luck.one(...ODD)),
  ]);
}

const CHAINS = Array.from({ length: 400 }, () => pemChain(...chain()));

test('crypto.x509.parse_and_verify_certificates', async () => {
  const others = ['', '*', 'AAAA', pemChain(), 7].map((text): Operands => [text]);
  await agree('crypto.x509.parse_and_verify_certificates', [
    ...CHAINS.slice(0, 100).map((text) => [text]),
    ...others,
  ]);
});

test('crypto.x509.parse_and_verify_certificates_with_options', async () => {
  const others = ['*', 7].flatMap((text) => [
    [text, options()],
    [text, new Map([['nonsense', 1]])],
    [text, 7],
  ]);
  const rows = [...CHAINS.map((text) => [text, options()]), ...others];
  const answers = rows.map((row) =>
    callBuiltin('crypto.x509.parse_and_verify_certificates_with_options', ...row),
  );
  const valid = answers.filter((answer) => Array.isArray(answer) && answer[0] === true);
  assert.ok(valid.length > 50, `${valid.length} valid chains`);
  await agree('crypto.x509.parse_and_verify_certificates_with_options', rows);
});
