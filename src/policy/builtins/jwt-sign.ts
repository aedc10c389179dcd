import { constants, createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { platformParse } from '../../json/platform-parse.ts';
import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { goJson, jsonShape } from './json-shape.ts';
import { firstJwk, type SigningKey } from './jwt-jwk.ts';
import { ALGORITHMS, type Algorithm } from './jwt-signature.ts';
import { stringOperand } from './operands.ts';
import { bytesOf } from './x509/curves.ts';
import { okpPrivateKey, publicBytesOf, publicPoint } from './x509/private-key.ts';
import { checkedRsaKey, type RsaPrivateKey } from './x509/rsa-private-key.ts';

/** Signed JSON Web Tokens (RFC 7515 section 7.1) as OPA's v1/topdown/tokens.go makes them. */

/**
 * ECDSA and PSS signatures differ from call to call. The key and the token are secrets, and stay out of what a decision
 * records.
 */
export const jwtSignBuiltins: readonly Builtin[] = [
  {
    name: 'io.jwt.encode_sign',
    effects: ['random'],
    secret: true,
    call: (_context, header, payload, key) => encodeSign(jsonOf(header), jsonOf(payload), jsonOf(key)),
  },
  {
    name: 'io.jwt.encode_sign_raw',
    effects: ['random'],
    secret: true,
    call: (_context, header, payload, key) =>
      encodeSign(stringOperand(header, 1), stringOperand(payload, 2), stringOperand(key, 3)),
  },
];

function jsonOf(value: RegoValue | undefined): string {
  return goJson(jsonShape(value!));
}

/** Header and payload are signed as they are written. */
function encodeSign(header: string, payload: string, jwk: string): string {
  const key = firstJwk(jwk);
  const { alg, typ } = headerOf(header);
  if (typeof alg !== 'string')
    throw new BuiltinError(`missing or invalid 'alg' header: ${whyNoAlgorithm(header, alg)}`);
  // The name that RFC 9864 gives EdDSA verifies, but does not sign.
  const algorithm = alg === 'Ed25519' ? undefined : ALGORITHMS.get(alg);
  if (algorithm === undefined) throw new BuiltinError(`unknown JWS algorithm: ${alg}`);
  if ((typeof typ !== 'string' || typ === 'JWT') && !isJson(payload)) {
    throw new BuiltinError('type is JWT but payload is not JSON');
  }
  const signed = `${base64url(header)}.${base64url(payload)}`;
  const signature = signatureOf(algorithm, key, Buffer.from(signed));
  return `${signed}.${signature.toString('base64url')}`;
}

/** As fastjson says it, as far as it is clear. */
function whyNoAlgorithm(header: string, alg: unknown): string {
  if (header === '') return 'cannot parse JSON: cannot parse empty string';
  if (!isJson(header)) return 'cannot parse JSON';
  return alg === undefined ? 'jwsbb: header "alg" not found' : "value doesn't contain string";
}

function headerOf(header: string): { readonly alg?: unknown; readonly typ?: unknown } {
  let value: unknown;
  try {
    value = platformParse(header);
  } catch {
    return {};
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function signatureOf({ family, hash }: Algorithm, key: SigningKey, signed: Buffer): Buffer {
  if (family === 'HS') return createHmac(hash!, secretOf(key)).update(signed).digest();
  if (family === 'EdDSA' && key.kind === 'ed25519') return sign(null, signed, ed25519Key(key));
  if (family === 'ES' && key.kind === 'ec') {
    return sign(hash, signed, { key: ecKey(key), dsaEncoding: 'ieee-p1363' });
  }
  if ((family === 'RS' || family === 'PS') && key.kind === 'rsa') {
    const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
    const padding =
      family === 'RS'
        ? { padding: RSA_PKCS1_PADDING }
        : { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST };
    return sign(hash, signed, { key: rsaKey(key.numbers), ...padding });
  }
  throw new BuiltinError('the key does not sign with this algorithm');
}

function rsaKey({
  n,
  e,
  d,
  p,
  q,
  dp,
  dq,
  qi: qInv,
}: (SigningKey & { readonly kind: 'rsa' })['numbers']): KeyObject {
  if (p === undefined || q === undefined) throw new BuiltinError('missing "p" or "q" value');
  const key = checkedRsaKey({ n: n!, e: e!, d: d!, primes: [p, q], dp, dq, qInv });
  if (key === undefined) throw new BuiltinError('the numbers of the RSA key do not go together');
  return createPrivateKey({ key: rsaJwk(key), format: 'jwk' });
}

function rsaJwk({ n, e, d, primes: [p = 0n, q = 0n], dp, dq, qInv }: RsaPrivateKey): Record<string, string> {
  const fields = Object.entries({ n, e, d, p, q, dp, dq, qi: qInv });
  return {
    kty: 'RSA',
    ...Object.fromEntries(fields.map(([name, value]) => [name, base64url(bytesOf(value))])),
  };
}

/** The public key is computed anew, as the private one alone signs. */
function ecKey({ curve, d }: SigningKey & { readonly kind: 'ec' }): KeyObject {
  const point = publicPoint(curve, d);
  if (point === undefined) throw new BuiltinError('the private key is out of its range');
  const [x, y] = [bytesOf(point.x, curve.size), bytesOf(point.y, curve.size)];
  const jwk = { kty: 'EC', crv: curve.jwkName!, x: base64url(x), y: base64url(y), d: base64url(d) };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** The bytes of an Ed25519 key, which is bytes in Go, are a secret to jwx: those of a public key, too. */
function secretOf(key: SigningKey): Buffer {
  if (key.kind === 'oct') return key.secret;
  if (key.kind !== 'ed25519') throw new BuiltinError('the key does not sign with this algorithm');
  if (key.d === undefined) return key.x;
  ed25519Key(key);
  return Buffer.concat([key.d, key.x]);
}

function ed25519Key({ x, d }: SigningKey & { readonly kind: 'ed25519' }): KeyObject {
  if (d === undefined) throw new BuiltinError('missing "d" field');
  const key = okpPrivateKey('ed25519', d);
  if (!publicBytesOf(key).equals(x)) throw new BuiltinError('ed25519: invalid x value given d value');
  return key;
}

function base64url(text: string | Buffer): string {
  return Buffer.from(text as string).toString('base64url');
}
