// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ExactNumber, type RegoValue } from '../src/policy/value.ts';
import { generated } from './support/generated.ts';
import { agree, type Operands } from './support/opa-eval.ts';
import { base64url, ED25519, makeToken, P256, P384, P521, RSA, type TestKey } from './support/tokens.ts';

/** Tokens against the real OPA: every algorithm with every key, odd headers, claims, constraints and spellings. */

const SECRET = 'secret';
const SIGNERS: readonly (readonly [alg: string, key: TestKey | string])[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) => [alg, RSA] as const),
  ...['HS256', 'HS384', 'HS512'].map((alg) => [alg, SECRET] as const),
  ['ES256', P256],
  ['ES384', P384],
  ['ES512', P521],
  ['ES256', P384],
  ['EdDSA', ED25519],
  ['HS256', RSA.pem],
];

const KEYS: readonly string[] = [
  RSA.pem,
  P256.pem,
  P384.pem,
  ED25519.pem,
  `garbage\n${P256.pem}`,
  `${P256.pem}\n`,
  P256.pem.trimEnd(),
  P256.pem.replace('PUBLIC', 'OTHER'),
  '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  '',
  SECRET,
  JSON.stringify(P256.jwk),
  jwks({ ...RSA.jwk, kid: 'a' }, { ...P256.jwk, kid: 'b' }),
  jwks(
    { ...RSA.jwk, kid: 'a', alg: 'RS256' },
    { ...P256.jwk, kid: 'b', alg: 'ES256' },
    { ...P384.jwk, alg: 'ES384' },
  ),
  jwks({ ...RSA.jwk, kid: 'b', alg: 'unheard-of' }, ED25519.jwk, P521.jwk),
  jwks({ ...RSA.jwk, kid: 'b', alg: 'RSA-OAEP' }, P256.jwk),
  jwks({ ...P256.jwk, alg: '' }),
  jwks({ kty: 'oct', k: base64url(SECRET), kid: 'b' }),
  jwks({ kty: 'oct', k: base64url(SECRET) }, { kty: 'unknown' }),
  jwks(P256.privateKey.export({ format: 'jwk' })),
  jwks({ ...P256.jwk, crv: 'P-384' }),
  jwks(),
  '{}',
  '{"keys":1}',
  '[]',
];

function jwks(...keys: unknown[]): string {
  return JSON.stringify({ keys });
}

const header = fc.record(
  {
    kid: fc.constantFrom<unknown>('a', 'b', '', 'c', 1),
    typ: fc.constantFrom('JWT', 'x'),
    crit: fc.constantFrom<unknown>(['exp'], ['x-odd'], [], ['b64', 1], [1], 'x'),
    'x-odd': fc.constantFrom(1, null),
  },
  { requiredKeys: [] },
);
const plain = fc.constantFrom({});
const anyHeader = fc.oneof({ arbitrary: plain, weight: 3 }, { arbitrary: header, weight: 1 });

const claims = fc.record(
  {
    exp: fc.constantFrom<unknown>(1000, 1000.5, 2000, 999, 'x', 1e30),
    nbf: fc.constantFrom<unknown>(1000, 999.5, 2000, null),
    iss: fc.constantFrom('me', 'you'),
    aud: fc.constantFrom<unknown>('us', ['us', 'them'], ['them'], [], 1, ['us', 1]),
    n: fc.constantFrom<unknown>(1.5, 2 ** 63, 'é', { a: [null, true] }),
  },
  { requiredKeys: [] },
);

const signer = fc.constantFrom(...SIGNERS);
const token = fc
  .tuple(anyHeader, claims, signer)
  .map(([extra, payload, [alg, key]]) => makeToken({ alg, ...extra }, payload, key));
const oddToken = fc.oneof(
  fc.tuple(token, fc.nat(400)).map(([text, at]) => text.slice(0, at)),
  token.map((text) => text.replace('.', '.=')),
  token.map((text) => `${text}==`),
  token.map((text) => text.replace(/\.[^.]*$/, '.')),
  token.map((text) => `${text}.x`),
  fc.tuple(token, signer).map(([inner, [alg, key]]) => makeToken({ alg, cty: 'JWT' }, inner, key)),
  fc.tuple(token, signer).map(([inner, [alg, key]]) => makeToken({ alg, cty: 'jwt' }, `"${inner}"`, key)),
  fc.constantFrom(
    makeToken({ alg: 'HS256', enc: 'A128' }, {}, SECRET),
    makeToken({ alg: 'none' }, {}, SECRET, 'HS256'),
    makeToken({}, {}, SECRET, 'HS256'),
    makeToken({ alg: 'HS256' }, '[1]', SECRET),
    makeToken({ alg: 'HS256' }, '{"a":1,"a":2,"b":1.0,"c":-0,"d":"\\ud800"}', SECRET),
    makeToken({ alg: 'HS256' }, '{"a":1} x', SECRET),
    makeToken({ alg: 'Ed25519' }, {}, ED25519),
    `${base64url('[]')}.${base64url('{}')}.`,
    '..',
    '',
    'a.b',
  ),
);
const anyToken = fc.oneof({ arbitrary: token, weight: 4 }, { arbitrary: oddToken, weight: 1 });
const key = fc.constantFrom(...KEYS);

test('io.jwt.decode', () => agree('io.jwt.decode', generated(fc.tuple(anyToken), 400)));

test('io.jwt.verify_*', async () => {
  for (const [alg, signingKey] of SIGNERS.slice(0, -1)) {
    const fitting = fc
      .tuple(anyHeader, claims)
      .map(([extra, payload]) => makeToken({ alg, ...extra }, payload, signingKey));
    const tokens = fc.oneof(fitting, fitting, anyToken);
    await agree(`io.jwt.verify_${alg.toLowerCase()}`, generated(fc.tuple(tokens, key), 250));
  }
});

test('io.jwt.decode_verify', async () => {
  const keyed = fc.oneof(
    key.map((cert) => ({ cert })),
    key.map((cert) => ({ cert })),
    fc.constantFrom<object>(
      { secret: SECRET },
      { secret: SECRET },
      { secret: RSA.pem },
      {},
      { secret: '' },
      { secret: 1 },
    ),
  );
  const demands = fc.record(
    {
      alg: fc.constantFrom('RS256', 'HS256', 'ES256'),
      iss: fc.constantFrom<unknown>('me', '', 1),
      aud: fc.constantFrom('us', 'nobody'),
      other: fc.constant(1),
    },
    { requiredKeys: [] },
  );
  // Beside and exactly at the bounds of `exp` and `nbf`, in nanoseconds.
  const time = fc.constantFrom(1000e9, 1000e9 - 1, 999.5e9, 1000.5e9, 1500e9, 0, -1, 1e300);
  const constraints = fc
    .tuple(keyed, fc.oneof(plain, plain, demands), time)
    .map(([keys, extra, time]) => new Map(Object.entries({ ...keys, ...extra, time })) as RegoValue);
  const rows: Operands[] = generated(fc.tuple(anyToken, constraints), 4_000);
  const signed = fc
    .tuple(claims, constraints)
    .map(([payload, demanded]) => [makeToken({ alg: 'ES256' }, payload, P256), withKey(demanded)]);
  await agree('io.jwt.decode_verify', [...rows, ...generated(signed, 2_000)]);
});

test('io.jwt.decode_verify at the edges of claims with fractions', async () => {
  // As doubles, the nanoseconds of today are some 250 apart, and so are the seconds that OPA makes of them.
  const seconds = 1_795_305_600;
  const signed = fc
    .record({
      claim: fc.constantFrom('exp', 'nbf'),
      thousandths: fc.integer({ min: 0, max: 999 }),
      micros: fc.constantFrom(0, 0, 1, 500, 999),
      offsetMs: fc.integer({ min: -1, max: 1 }),
    })
    .map(({ claim, thousandths, micros, offsetMs }): RegoValue[] => {
      const text = `${seconds}.${String(thousandths).padStart(3, '0')}${String(micros).padStart(3, '0')}`;
      const token = makeToken({ alg: 'HS256' }, `{"${claim}":${text}}`, SECRET);
      const time = new ExactNumber(`${seconds * 1000 + thousandths + offsetMs}000000`);
      return [
        token,
        new Map<string, RegoValue>([
          ['secret', SECRET],
          ['time', time],
        ]),
      ];
    });
  await agree('io.jwt.decode_verify', generated(signed, 1_500));
});

function withKey(constraints: RegoValue): RegoValue {
  const map = new Map(constraints as Map<RegoValue, RegoValue>);
  map.delete('secret');
  return map.set('cert', P256.pem);
}
