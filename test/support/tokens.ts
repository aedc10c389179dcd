import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** JSON Web Tokens and keys for tests. The keys are made anew for each process. */

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly pem: string;
  readonly jwk: Readonly<Record<string, unknown>>;
}

function testKey({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }): TestKey {
  return {
    privateKey,
    pem: publicKey.export({ type: 'spki', format: 'pem' }),
    jwk: publicKey.export({ format: 'jwk' }) as Record<string, unknown>,
  };
}

export const RSA: TestKey = testKey(generateKeyPairSync('rsa', { modulusLength: 2048 }));
export const P256: TestKey = testKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
export const P384: TestKey = testKey(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
export const P521: TestKey = testKey(generateKeyPairSync('ec', { namedCurve: 'P-521' }));
export const ED25519: TestKey = testKey(generateKeyPairSync('ed25519'));

/** A token over any header and payload; a payload that is text stays as it is. */
export function makeToken(
  header: Readonly<Record<string, unknown>>,
  payload: unknown,
  key: TestKey | string,
  algorithm: string = String(header['alg']),
): string {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const signed = `${base64url(JSON.stringify(header))}.${base64url(text)}`;
  return `${signed}.${signatureOf(algorithm, key, signed).toString('base64url')}`;
}

export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function signatureOf(algorithm: string, key: TestKey | string, signed: string): Buffer {
  const hash = `sha${algorithm.slice(2)}`;
  if (typeof key === 'string') return createHmac(hash, key).update(signed).digest();
  const bytes = Buffer.from(signed);
  switch (algorithm.slice(0, 2)) {
    case 'ES':
      return sign(hash, bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    case 'PS': {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return sign(hash, bytes, {
        key: key.privateKey,
        padding,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      });
    }
    case 'RS':
      return sign(hash, bytes, key.privateKey);
    default:
      return sign(null, bytes, key.privateKey);
  }
}
