// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RegoValue } from '../src/policy/value.ts';
import { CERTIFICATES, REQUESTS } from './support/certificate-corpus.ts';
import { pem, pemChain } from './support/certificates.ts';
import { generated } from './support/generated.ts';
import { agree, type Operands } from './support/opa-eval.ts';

/** Certificates and requests against the real OPA: with one odd thing each, and with bytes changed at random. */

/** Bytes that mean something in DER. */
const TELLING = [
  0, 1, 2, 3, 4, 5, 6, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x82, 0xa0, 0xa3, 0xff,
];

const change = fc.tuple(fc.nat(10_000), fc.oneof(fc.nat(255), fc.constantFrom(...TELLING)));

/** One of the encodings with up to two bytes changed. */
function changed(encodings: readonly Buffer[]): fc.Arbitrary<RegoValue[]> {
  return fc
    .tuple(fc.constantFrom(...encodings), fc.array(change, { minLength: 1, maxLength: 2 }))
    .map(([der, changes]) => {
      const bytes = Buffer.from(der);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return [bytes.toString('base64')];
    });
}

function base64(encodings: readonly Buffer[]): Operands[] {
  return encodings.map((der) => [der.toString('base64')]);
}

const [FIRST, SECOND] = CERTIFICATES as [Buffer, Buffer];
const GOOD = pem('CERTIFICATE', FIRST);

/** Ways to write certificates, and what is none. */
const TEXTS: readonly RegoValue[] = [
  GOOD,
  pemChain(FIRST, SECOND, FIRST),
  Buffer.from(GOOD).toString('base64'),
  Buffer.concat([FIRST, SECOND]).toString('base64'),
  `${GOOD}${pem('OTHER', SECOND)}`,
  `${GOOD}junk`,
  `junk\n${GOOD}`,
  `-----BEGIN A-----\n${GOOD}`,
  GOOD.trimEnd(),
  GOOD.replaceAll('\n', '\r\n'),
  GOOD.replace('E-----\n', 'E-----\nProc-Type: 4\n\n'),
  GOOD.replace('END CERTIFICATE', 'END CERT'),
  pem('CERTIFICATE', Buffer.alloc(0)),
  pem('CERTIFICATE', Buffer.concat([FIRST, Buffer.from([0])])),
  '-----BEGIN',
  '',
  'AAAA',
  '*',
  7,
];

test('crypto.x509.parse_certificates', async () => {
  const rows = [
    ...base64(CERTIFICATES),
    ...TEXTS.map((text) => [text]),
    ...generated(changed(CERTIFICATES), 1_000),
  ];
  await agree('crypto.x509.parse_certificates', rows);
});

test('crypto.x509.parse_certificate_request', async () => {
  const [request] = REQUESTS as [Buffer];
  const texts = [
    pem('CERTIFICATE REQUEST', request),
    `junk\n${pem('CERTIFICATE REQUEST', request)}`,
    Buffer.from(`junk\n${pem('CERTIFICATE REQUEST', request)}`).toString('base64'),
    Buffer.from(pem('CERTIFICATE', request)).toString('base64'),
    pem('NEW CERTIFICATE REQUEST', request),
    '-----BEGIN CERTIFICATE REQUEST-----',
    '',
    '*',
    7,
  ];
  const rows = [...base64(REQUESTS), ...texts.map((text) => [text]), ...generated(changed(REQUESTS), 800)];
  await agree('crypto.x509.parse_certificate_request', rows);
});
