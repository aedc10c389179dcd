// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseJson } from '../src/policy/builtins/json-value.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { composite, generated, oneOf, scalar, text } from './support/generated.ts';
import { agree, callBuiltin, type Operands } from './support/opa-eval.ts';
import { ED25519, P256, P384, P521, RSA, type TestKey } from './support/tokens.ts';

/** Tokens and requests that OPA and we sign with the same keys: as long as the algorithm leaves nothing to chance, the same. */

const DETERMINISTIC = 'HS256 HS384 HS512 RS256 RS384 RS512 EdDSA';
const BY_CHANCE = 'ES256 ES384 ES512 PS256 PS384 PS512';

type Jwk = Readonly<Record<string, unknown>>;

function privateJwk({ privateKey }: TestKey): Jwk {
  return privateKey.export({ format: 'jwk' }) as Jwk;
}

function without(jwk: Jwk, ...names: readonly string[]): Jwk {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)));
}

const OCT: Jwk = { kty: 'oct', k: 'c2VjcmV0' };
const RSA_JWK: Jwk = privateJwk(RSA);
const EC_JWK: Jwk = privateJwk(P256);
const OKP_JWK: Jwk = privateJwk(ED25519);
const GOOD: readonly Jwk[] = [OCT, RSA_JWK, EC_JWK, privateJwk(P384), privateJwk(P521), OKP_JWK];

/** Keys and sets, good and broken. */
const KEYS: readonly unknown[] = [
  ...GOOD,
  { keys: [OCT] },
  { keys: [RSA_JWK, OCT] },
  { keys: [OCT, {}] },
  { keys: [OCT, without(EC_JWK, 'x')] },
  { keys: [] },
  { keys: null },
  { ...OCT, keys: [RSA_JWK] },
  {},
  { kty: 'oct' },
  { ...OCT, k: '' },
  { ...OCT, k: null },
  { ...OCT, k: 'c2VjcmV' },
  { ...OCT, k: 'c2VjcmU=' },
  { ...OCT, k: 'c2VjcmV0=' },
  { ...OCT, k: 'c2V+/-' },
  { ...OCT, k: '-_8' },
  { ...OCT, k: '+/8' },
  { ...OCT, k: 'c2\nVj' },
  { ...OCT, k: 7 },
  { ...OCT, kid: 7 },
  { ...OCT, kid: null },
  { ...OCT, alg: 'RS256' },
  { ...OCT, alg: 'unheard-of' },
  { ...OCT, alg: null },
  { ...OCT, use: 7 },
  { ...OCT, key_ops: ['sign', 'what'] },
  { ...OCT, key_ops: 'sign' },
  { ...OCT, key_ops: null },
  { ...OCT, x5c: [] },
  { ...OCT, x5c: ['AAAA'] },
  { ...OCT, other: { a: 1 } },
  { ...OCT, kty: 'unheard-of' },
  ...['d', 'e', 'n', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => without(RSA_JWK, name)),
  without(RSA_JWK, 'dp', 'dq', 'qi'),
  { ...RSA_JWK, e: 'AQ' },
  { ...RSA_JWK, e: 'AAEAAQ' },
  { ...RSA_JWK, d: '' },
  { ...RSA_JWK, d: null },
  { ...RSA_JWK, qi: 'AQ' },
  { ...RSA_JWK, dp: '' },
  { ...RSA_JWK, p: RSA_JWK['q'], q: RSA_JWK['p'] },
  { ...RSA_JWK, n: 'AQAB' },
  ...['d', 'x', 'y', 'crv'].map((name) => without(EC_JWK, name)),
  { ...EC_JWK, crv: 'P-384' },
  { ...EC_JWK, crv: 'secp256k1' },
  { ...EC_JWK, d: 'AQ' },
  { ...EC_JWK, y: EC_JWK['x'] },
  ...['d', 'x', 'crv'].map((name) => without(OKP_JWK, name)),
  { ...OKP_JWK, x: 'A'.repeat(43) },
  { ...OKP_JWK, d: 'AQ' },
  { ...OKP_JWK, crv: 'X25519' },
  { ...OKP_JWK, crv: 'Ed448' },
  { ...OKP_JWK, crv: 'nothing' },
];

const HEADERS: readonly unknown[] = [
  { typ: 'JWT' },
  { typ: 'text/plain' },
  { typ: 7 },
  {},
  { crit: ['x'], '<&>': '\u2028é' },
];

const payload: fc.Arbitrary<RegoValue> = fc
  .dictionary(text, fc.oneof(scalar, composite), { maxKeys: 4 })
  .map((object) => new Map(Object.entries(object)));

function rego(value: unknown): RegoValue {
  return parseJson(JSON.stringify(value));
}

function header(alg: unknown, others: unknown = {}): RegoValue {
  return rego({ alg, ...(others as object) });
}

const tokens = fc
  .tuple(
    fc.tuple(oneOf(`${DETERMINISTIC} Ed25519 none`), fc.constantFrom(...HEADERS)),
    payload,
    fc.oneof(fc.constantFrom(...GOOD), fc.constantFrom(...KEYS)),
  )
  .map(([[alg, others], claims, key]): RegoValue[] => [header(alg, others), claims, rego(key)]);

const eachKey: Operands[] = DETERMINISTIC.split(' ').flatMap((alg) =>
  KEYS.map((key): Operands => [header(alg), new Map([['a', 1]]), rego(key)]),
);

test('io.jwt.encode_sign', async () => {
  await agree('io.jwt.encode_sign', [...eachKey, ...generated(tokens, 300)]);
});

const RAW_HEADERS = [
  '{"alg":"HS256"}',
  ' {"alg" : "HS512", "typ":"JWT"}\n',
  '{"alg":7}',
  '[]',
  '',
  '{',
  'null',
];
const RAW_PAYLOADS = ['', '{}', '{"a": 1}', ' [1] ', 'text', '{', '"é"', 'null'];

test('io.jwt.encode_sign_raw', async () => {
  const typed = RAW_HEADERS.concat('{"alg":"HS256","typ":"text/plain"}', '{"alg":"RS256","typ":""}');
  const keys = [OCT, RSA_JWK, 'text'].map((key) => (typeof key === 'string' ? key : JSON.stringify(key)));
  const rows = typed.flatMap((head) => RAW_PAYLOADS.flatMap((body) => keys.map((key) => [head, body, key])));
  await agree('io.jwt.encode_sign_raw', [...rows, [1, '', ''], ['', 1, ''], ['', '', 1]]);
});

test('signatures by chance: OPA takes ours, whichever hash goes with whichever curve', async () => {
  const curves = [P256, P384, P521];
  for (const alg of BY_CHANCE.split(' ')) {
    const signers = alg.startsWith('ES') ? curves : [RSA];
    const rows = signers.map(({ pem, privateKey }): Operands => {
      const jwk = rego(privateKey.export({ format: 'jwk' }));
      const sign = (): RegoValue => callBuiltin('io.jwt.encode_sign', header(alg), new Map([['a', 1]]), jwk)!;
      assert.notEqual(sign(), sign());
      return [sign(), pem];
    });
    const verify = `io.jwt.verify_${alg.toLowerCase()}`;
    for (const row of rows) assert.equal(callBuiltin(verify, ...row), true);
    await agree(verify, rows);
  }
});

const CONFIG = {
  aws_service: 's3',
  aws_access_key: 'MYAWSACCESSKEYGOESHERE',
  aws_secret_access_key: 'MYAWSSECRETACCESSKEYGOESHERE',
  aws_region: 'us-east-1',
};

const URLS =
  'https://a.b/ https://a.b https://A.b:80/x%2Fy?b=1&a=2 http://u:p@h/é%20! //h/[x]*?q# mailto:x * a:b ./a http://[::1]/ /p';

const request = fc.record(
  {
    method: fc.oneof(oneOf('get POST'), scalar),
    url: fc.oneof(oneOf(URLS), oneOf(URLS), text),
    headers: fc.oneof(
      fc.dictionary(
        oneOf('host User-Agent X-Amz-Date x-a AUTHORIZATION Authorization x-amzn-trace-id é İ ΑΣ'),
        fc.oneof(text, scalar),
        {
          maxKeys: 4,
        },
      ),
      scalar,
    ),
    body: fc.oneof(scalar, payload),
    raw_body: fc.oneof(text, scalar),
    timeout: scalar,
    nonsense: fc.constant(1),
  },
  { requiredKeys: ['method', 'url'] },
);

const config = fc.record(
  {
    aws_service: oneOf('s3 glacier ec2'),
    aws_access_key: text,
    aws_secret_access_key: text,
    aws_region: oneOf('eu-1 us-2'),
    aws_session_token: fc.oneof(text, scalar),
    disable_payload_signing: fc.oneof(fc.boolean(), fc.boolean(), fc.boolean(), scalar),
    other: scalar,
  },
  { requiredKeys: ['aws_service', 'aws_access_key', 'aws_secret_access_key', 'aws_region'] },
);

const requests = fc
  .tuple(request, config, fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n), fc.constant(0n)), fc.nat(20))
  .map(([asked, settings, timeNs, luck]): RegoValue[] => {
    const wanted: Record<string, unknown> = { ...asked };
    // Most would be refused for one of these.
    if (luck > 2) delete wanted['nonsense'];
    if (luck > 5 && typeof wanted['method'] !== 'string') wanted['method'] = 'get';
    return [toRego(wanted), toRego(settings), parseJson(String(timeNs))];
  });

/** Objects of plain values and of Rego values. */
function toRego(value: unknown): RegoValue {
  const isPlain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  const isBare = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;
  if (!isPlain && !isBare) return value as RegoValue;
  return new Map(Object.entries(value).map(([key, member]) => [key, toRego(member)]));
}

test('providers.aws.sign_req', async () => {
  const broken = Object.keys(CONFIG).flatMap((name) =>
    [undefined, 1].map(
      (value): Operands => [rego({ method: 'get', url: 'http://h/' }), rego({ ...CONFIG, [name]: value }), 0],
    ),
  );
  const times = [1.5, '0', true].map(
    (time): Operands => [rego({ method: 'get', url: 'http://h/' }), rego(CONFIG), time],
  );
  await agree('providers.aws.sign_req', [...broken, ...times, ...generated(requests, 500)]);
});
