import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, it } from 'node:test';
import { PortcullisError } from '../errors.ts';
import { generateKeyPair, loadSigningKey, loadVerificationKey } from './keys.ts';
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from './signature-algorithm.ts';

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const P256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const P384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
const ED25519 = generateKeyPairSync('ed25519');

const pem = (key: KeyObject, type: 'spki' | 'pkcs1' | 'pkcs8' | 'sec1'): string =>
  key.export({ type: type as 'spki', format: 'pem' });
const jwk = (key: KeyObject, extra: object = {}): string =>
  JSON.stringify({ ...key.export({ format: 'jwk' }), ...extra });

/** `public`, `private` or `secret`, or the message of the refusal. */
function loaded(half: 'verification' | 'signing', algorithm: SignatureAlgorithm, text: string): string {
  try {
    const load = half === 'verification' ? loadVerificationKey : loadSigningKey;
    const { key, algorithm: pinned } = load({ algorithm, text });
    assert.equal(pinned, algorithm);
    return key.type;
  } catch (error) {
    assert.ok(error instanceof PortcullisError && error.code === 'key_invalid', String(error));
    return error.message.replace(/^the key does not fit \w+: /, '');
  }
}

const der = (key: KeyObject, type: 'spki' | 'pkcs1' | 'pkcs8'): Buffer =>
  key.export({ type: type as 'spki', format: 'der' });

const SECRET_JWK = JSON.stringify({ kty: 'oct', k: Buffer.alloc(64, 1).toString('base64url') });
const NO_SECRET_JWK = 'text that begins as JSON must be one JWK of type oct';
const NO_DER = 'a key or certificate in DER cannot be a secret';
const NO_KEY = 'the text is no PEM key, PEM certificate or JWK of the needed half';

describe('loadVerificationKey', () => {
  const table: [name: string, algorithm: SignatureAlgorithm, text: string, expected: string][] = [
    ['SPKI', 'RS256', pem(RSA.publicKey, 'spki'), 'public'],
    ['PKCS #1', 'PS512', pem(RSA.publicKey, 'pkcs1'), 'public'],
    ['the public half of PKCS #8', 'RS256', pem(RSA.privateKey, 'pkcs8'), 'public'],
    ['the public half of SEC 1', 'ES256', pem(P256.privateKey, 'sec1'), 'public'],
    ['an elliptic curve', 'ES384', pem(P384.publicKey, 'spki'), 'public'],
    ['Ed25519', 'EdDSA', pem(ED25519.publicKey, 'spki'), 'public'],
    ['a certificate', 'RS256', certificate(), 'public'],
    ['a JWK', 'ES256', jwk(P256.publicKey), 'public'],
    ['a JWK that names its algorithm', 'ES256', jwk(P256.publicKey, { alg: 'ES256', kid: 'x' }), 'public'],
    ['an RSA JWK', 'PS256', jwk(RSA.publicKey), 'public'],
    ['an OKP JWK', 'EdDSA', jwk(ED25519.publicKey), 'public'],
    ['a secret', 'HS256', 'x'.repeat(32), 'secret'],
    [
      'a secret as JWK',
      'HS512',
      JSON.stringify({ kty: 'oct', k: Buffer.alloc(64, 1).toString('base64url') }),
      'secret',
    ],

    ['nothing', 'ES256', '', NO_KEY],
    ['no key', 'ES256', 'key', NO_KEY],
    ['damaged PEM', 'ES256', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', NO_KEY],
    [
      'another curve',
      'ES256',
      pem(P384.publicKey, 'spki'),
      'the key is on the curve secp384r1, not prime256v1',
    ],
    ['an EC key for RSA', 'RS256', pem(P256.publicKey, 'spki'), 'the key is of type ec, not rsa'],
    ['an RSA key for ECDSA', 'ES256', pem(RSA.publicKey, 'spki'), 'the key is of type rsa, not ec'],
    [
      'Ed448',
      'EdDSA',
      pem(generateKeyPairSync('ed448').publicKey, 'spki'),
      'the key is of type ed448, not ed25519',
    ],
    [
      'X25519',
      'EdDSA',
      pem(generateKeyPairSync('x25519').publicKey, 'spki'),
      'the key is of type x25519, not ed25519',
    ],
    [
      'a short RSA key',
      'RS256',
      pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, 'spki'),
      'the key has 1024 bits, fewer than 2048',
    ],
    ['a JWK for another algorithm', 'ES256', jwk(P256.publicKey, { alg: 'ES384' }), 'the JWK is for ES384'],
    ['a public key as secret', 'HS256', pem(RSA.publicKey, 'spki'), 'PEM cannot be a secret'],
    ['a public JWK as secret', 'HS256', jwk(P256.publicKey), 'the JWK is not of type oct'],
    [
      'a public JWK behind a byte order mark',
      'HS256',
      `\ufeff${jwk(P256.publicKey)}`,
      'the JWK is not of type oct',
    ],
    ['a public JWK with a comma too many', 'HS256', jwk(P256.publicKey).replace(/\}$/, ',}'), NO_SECRET_JWK],
    ['a list of public JWKs', 'HS256', `[${jwk(P256.publicKey)}]`, NO_SECRET_JWK],
    ['a JWK set', 'HS256', `{"keys":[${jwk(P256.publicKey)}]}`, 'the JWK is not of type oct'],
    ['a list of secrets', 'HS256', `[${SECRET_JWK}]`, NO_SECRET_JWK],
    ['a secret as JWK behind a byte order mark', 'HS256', `\ufeff ${SECRET_JWK}\n`, 'secret'],
    ['SPKI in base64', 'HS256', der(P256.publicKey, 'spki').toString('base64'), NO_DER],
    ['SPKI in base64url', 'HS256', der(RSA.publicKey, 'spki').toString('base64url'), NO_DER],
    ['SPKI in lines of base64', 'HS256', pem(RSA.publicKey, 'spki').replaceAll(/-.*-\n/g, ''), NO_DER],
    ['SPKI in hex', 'HS256', `${der(ED25519.publicKey, 'spki').toString('hex')}\n`, NO_DER],
    ['PKCS #1 in base64', 'HS256', der(RSA.publicKey, 'pkcs1').toString('base64'), NO_DER],
    ['PKCS #8 in base64', 'HS256', der(P256.privateKey, 'pkcs8').toString('base64'), NO_DER],
    ['a certificate in base64', 'HS256', certificate().replaceAll(/-.*-\n/g, ''), NO_DER],
    ['an SSH key', 'HS256', `ssh-ed25519 ${'A'.repeat(68)} me@here`, 'a key for SSH cannot be a secret'],
    [
      'an SSH key for ECDSA',
      'HS256',
      ` ecdsa-sha2-nistp256 ${'A'.repeat(68)}`,
      'a key for SSH cannot be a secret',
    ],
    [
      'an SSH key in PEM',
      'HS256',
      `---- BEGIN SSH2 PUBLIC KEY ----\n${'A'.repeat(68)}`,
      'PEM cannot be a secret',
    ],
    ['a secret that is base64', 'HS256', Buffer.alloc(48, 0x30).toString('base64'), 'secret'],
    ['a short secret', 'HS256', 'x'.repeat(31), 'the secret has 31 bytes, fewer than 32'],
    ['a secret short for its hash', 'HS512', 'x'.repeat(63), 'the secret has 63 bytes, fewer than 64'],
  ];
  for (const [name, algorithm, text, expected] of table) {
    it(`gives ${expected.slice(0, 40)} for ${name} with ${algorithm}`, () => {
      assert.equal(loaded('verification', algorithm, text), expected);
    });
  }

  it('keeps the newline at the end of a secret, as OPA does', () => {
    const { key } = loadVerificationKey({ algorithm: 'HS256', text: `${'x'.repeat(32)}\n` });
    assert.equal(key.export().length, 33);
  });
});

describe('loadSigningKey', () => {
  const table: [name: string, algorithm: SignatureAlgorithm, text: string, expected: string][] = [
    ['PKCS #8', 'RS256', pem(RSA.privateKey, 'pkcs8'), 'private'],
    ['PKCS #1', 'PS256', pem(RSA.privateKey, 'pkcs1'), 'private'],
    ['SEC 1', 'ES256', pem(P256.privateKey, 'sec1'), 'private'],
    ['a private JWK', 'ES256', jwk(P256.privateKey), 'private'],
    ['a secret', 'HS256', 'x'.repeat(32), 'secret'],
    ['a public key', 'ES256', pem(P256.publicKey, 'spki'), NO_KEY],
    ['a public JWK', 'ES256', jwk(P256.publicKey), NO_KEY],
  ];
  for (const [name, algorithm, text, expected] of table) {
    it(`gives ${expected.slice(0, 40)} for ${name} with ${algorithm}`, () => {
      assert.equal(loaded('signing', algorithm, text), expected);
    });
  }
});

describe('generateKeyPair', () => {
  // The RSA algorithms share one kind of key, which takes long to make.
  for (const algorithm of SIGNATURE_ALGORITHMS.filter((name) => !/^PS|^RS[35]/.test(name))) {
    it(`makes keys for ${algorithm} that load again`, () => {
      const pair = generateKeyPair(algorithm);
      const secret = algorithm.startsWith('HS');
      assert.equal(loaded('signing', algorithm, pair.signingKey), secret ? 'secret' : 'private');
      assert.equal(loaded('verification', algorithm, pair.verificationKey), secret ? 'secret' : 'public');
      if (!secret) assert.throws(() => createPrivateKey(pair.verificationKey));
    });
  }
});

/** A self-signed certificate of an RSA key, made by: openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -days 36500 */
function certificate(): string {
  return `-----BEGIN CERTIFICATE-----
MIIC+zCCAeOgAwIBAgIUerPwJMUZbz/3F2CC3U/zb4rYlT4wDQYJKoZIhvcNAQEL
BQAwDDEKMAgGA1UEAwwBeDAgFw0yNjExMjIwOTUyMDhaGA8yMTI2MTAyOTA5NTIw
OFowDDEKMAgGA1UEAwwBeDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEB
ALMPoSHqVrcjyNYgKFjCIH8nqPULKHW50f96Ta5vAUxT4zWxQAeN2Zct3W0n8OPu
tjRu8vLpg0KNBx2IEsDj9xavpSI8IdEQlDo5xnpnMyPccoDa9wJd3I6HmNJr55+1
5H+VBQFYBQ5jhU1hspxARwv+hwRoJ7bZsJPEnl8LFafzJu9BMOYklpI1vB2QMy1/
hhC2xP3vPN8EBYglg/lhByR0xiQyy+jwL5QyM4ujwUPCdsebV29nyH1b+QPEy3kD
8qFzTosEjfeMN7x1Iug4qckcv7sMfXJNQFKnSnC4N0/odpTr6rukq1ftXE+p8TS9
ucJKXqcf79VRHZ4UyNqtRnECAwEAAaNTMFEwHQYDVR0OBBYEFEcpebOsqIllDn2h
KjoUKaSMcSwrMB8GA1UdIwQYMBaAFEcpebOsqIllDn2hKjoUKaSMcSwrMA8GA1Ud
EwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAB4+BDYipm3IqCt5UTFLFrLW
xxOoOSO+cplCOTaO+DP7Gwpa0lqnsPpeyeHSkb86rXhJUVh7Rkz9byJs52BgdeTy
3GVbZJkDZCxAc5O5E1te3wO3JwN7CaVVDLi/2JWY0nOhql3ggwYjhOTwr9Vjtc/T
Sbp6kQ4TLMzeCRbtElVQ6xcuUQY37Pl9+KOMseqZolLzkQQ2ed9NpWWfaTvjjHYg
uNu2spN5j3+8ZZrm1kXzEq9KVJTq0m9UgSvCsDOMcZrMnfx0aj5wnUZOXqR+2JzT
17tVSHFhqUCfgso6dzz5jj2/X6DGLHG+1NfJr991Yug8YaOGbT6VpLx+NTwz8qk=
-----END CERTIFICATE-----
`;
}
