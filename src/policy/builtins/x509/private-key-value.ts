import type { RegoObject, RegoValue } from '../../value.ts';
import { BuiltinError } from '../builtin.ts';
import { bigintToNumber } from '../numbers.ts';
import { bytesOf } from './curves.ts';
import type { PrivateKey } from './private-key.ts';
import { numbers } from './public-key.ts';
import type { RsaPrivateKey } from './rsa-private-key.ts';

/** The key as Go's types are in JSON: an X25519 key shows nothing of itself. */
export function privateKeyValue(key: PrivateKey): RegoValue {
  switch (key.kind) {
    case 'rsa':
      return rsaValue(key);
    case 'ecdsa':
      return new Map<RegoValue, RegoValue>([
        ['Curve', new Map()],
        ...numbers({ X: key.point.x, Y: key.point.y, D: key.d }),
      ]);
    case 'ed25519':
      return Buffer.concat([key.seed, key.publicBytes]).toString('base64');
    case 'x25519':
    default:
      return new Map();
  }
}

function rsaValue({ n, e, d, primes, dp, dq, qInv, crtValues }: RsaPrivateKey): RegoObject {
  const values = crtValues.map(({ exp, coeff, r }) => numbers({ Exp: exp, Coeff: coeff, R: r }));
  return numbers({ N: n, E: e, D: d })
    .set('Primes', primes.map(bigintToNumber))
    .set('Precomputed', numbers({ Dp: dp, Dq: dq, Qinv: qInv }).set('CRTValues', values));
}

/** The key as a JSON Web Key (RFC 7517, RFC 8037). Throws BuiltinError where there is none. */
export function privateJwk(key: PrivateKey): RegoValue {
  switch (key.kind) {
    case 'rsa':
      return rsaJwk(key);
    case 'ecdsa': {
      const { size, jwkName } = key.curve;
      if (jwkName === undefined) throw new BuiltinError('no JSON Web Key has this curve');
      const { x, y } = key.point;
      return jwk('EC', { x: bytesOf(x, size), y: bytesOf(y, size), d: bytesOf(key.d, size) }).set(
        'crv',
        jwkName,
      );
    }
    case 'ed25519':
      return jwk('OKP', { d: key.seed, x: key.publicBytes }).set('crv', 'Ed25519');
    case 'x25519':
    default:
      return jwk('OKP', { d: key.seed, x: key.publicBytes }).set('crv', 'X25519');
  }
}

function rsaJwk({ n, e, d, primes, dp, dq, qInv }: RsaPrivateKey): RegoValue {
  const [p, q, ...others] = primes;
  if (others.length > 0) throw new BuiltinError('invalid number of primes in rsa.PrivateKey');
  const fields = { n, e, d, p: p!, q: q!, dp, dq, qi: qInv };
  return jwk(
    'RSA',
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bytesOf(value)])),
  );
}

function jwk(type: string, fields: Readonly<Record<string, Buffer>>): RegoObject {
  return new Map<RegoValue, RegoValue>([
    ['kty', type],
    ...Object.entries(fields).map(([name, bytes]): [string, RegoValue] => [
      name,
      bytes.toString('base64url'),
    ]),
  ]);
}
