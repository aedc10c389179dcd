import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { decodeBase64 } from './go-base64.ts';
import { stringOperand } from './operands.ts';
import { decodePem, decodePemBlocks } from './pem.ts';
import { certificateValue } from './x509/certificate-value.ts';
import { keyPairValue } from './x509/key-pair.ts';
import { type PrivateKey, readPkcs1, readPkcs8, readSec1 } from './x509/private-key.ts';
import { privateJwk, privateKeyValue } from './x509/private-key-value.ts';
import { requestValue } from './x509/request.ts';
import { certificatesOf, checkLength, pemOrBase64, reading } from './x509/text.ts';
import { parseAndVerify, parseAndVerifyWithOptions } from './x509-verify.ts';

/** Certificates, requests and private keys as OPA's v1/topdown/crypto.go reads them. */

/** A text that is not too long. */
function textOperand(value: RegoValue | undefined): string {
  const text = stringOperand(value, 1);
  checkLength(text);
  return text;
}

function parseCertificates(value: RegoValue | undefined): RegoValue {
  const certificates = reading(() => certificatesOf(textOperand(value)));
  return certificates.map((certificate) => certificateValue(certificate, { uriStrings: true }));
}

function parseRequest(value: RegoValue | undefined): RegoValue {
  const text = textOperand(value);
  return reading(() => {
    const decoded = pemOrBase64(text, '-----BEGIN CERTIFICATE REQUEST-----');
    const block = decodePem(decoded);
    if (block === undefined) return requestValue(Buffer.from(decoded, 'latin1'));
    if (block.type === 'CERTIFICATE REQUEST') return requestValue(block.der);
    throw new BuiltinError('invalid PEM-encoded certificate signing request');
  });
}

function parseKeyPair(...[certificate, key]: (RegoValue | undefined)[]): RegoValue {
  const [certificateText, keyText] = [textOperand(certificate), textOperand(key)];
  return reading(() => keyPairValue(certificateText, keyText));
}

const KEY_READERS: ReadonlyMap<string, (der: Buffer) => PrivateKey> = new Map([
  ['RSA PRIVATE KEY', readPkcs1],
  ['PRIVATE KEY', readPkcs8],
  ['EC PRIVATE KEY', (der: Buffer) => readSec1(der)],
]);

/** The keys of PEM, or of base64 of it; blocks of other types are passed over. */
function privateKeys(text: string): PrivateKey[] {
  const pem = decodeBase64(text)?.toString('latin1') ?? text;
  return reading(() =>
    decodePemBlocks(pem).flatMap(({ type, der }) => {
      const read = KEY_READERS.get(type);
      return read === undefined ? [] : [read(der)];
    }),
  );
}

function parsePrivateKeys(value: RegoValue | undefined): RegoValue {
  const text = textOperand(value);
  return text === '' ? null : privateKeys(text).map(privateKeyValue);
}

/** The first key, of any type, as a JSON Web Key. */
function parseFirstKey(value: RegoValue | undefined): RegoValue {
  const text = textOperand(value);
  if (text === '') throw new BuiltinError('input PEM data was empty');
  const [first] = privateKeys(reading(() => pemOrBase64(text, '-----BEGIN')));
  return first === undefined ? null : privateJwk(first);
}

export const x509Builtins: readonly Builtin[] = [
  {
    name: 'crypto.x509.parse_certificates',
    effects: [],
    call: (_context, text) => parseCertificates(text),
  },
  {
    name: 'crypto.x509.parse_certificate_request',
    effects: [],
    call: (_context, text) => parseRequest(text),
  },
  {
    name: 'crypto.x509.parse_keypair',
    effects: [],
    call: (_context, certificate, key) => parseKeyPair(certificate, key),
  },
  {
    name: 'crypto.x509.parse_rsa_private_key',
    effects: [],
    call: (_context, text) => parseFirstKey(text),
  },
  {
    name: 'crypto.parse_private_keys',
    effects: [],
    call: (_context, text) => parsePrivateKeys(text),
  },
  {
    name: 'crypto.x509.parse_and_verify_certificates',
    effects: ['window'],
    call: (context, text) => parseAndVerify(context, text),
  },
  {
    name: 'crypto.x509.parse_and_verify_certificates_with_options',
    effects: ['window'],
    call: parseAndVerifyWithOptions,
  },
];
