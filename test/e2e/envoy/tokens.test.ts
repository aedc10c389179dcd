// needs: opa, envoy
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ask, type Response, valuesOf } from '../../support/envoy-client.ts';
import { listener } from '../../support/envoy-config.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';
import { base64url, ED25519, makeToken, P256, P384, RSA, type TestKey } from '../../support/tokens.ts';

const POLICY = `package gate

import data.lib.tokens

token := tokens.bearer(input.attributes.request.http.headers.authorization)

claims := tokens.claims(token, data.issuers)

# METADATA
# entrypoint: true
decision := {"allowed": true, "headers": {"x-user": claims.sub}} if {
	claims
} else := {"allowed": false, "http_status": 401, "headers": {"www-authenticate": "Bearer"}, "reasons": [reason]}

reason := tokens.problem(token, data.issuers) if {
	token
} else := "no token"
`;

const ISSUER = 'https://id.test';
const nowS = Math.floor(Date.now() / 1000);
const GOOD = { iss: ISSUER, aud: 'shop', sub: 'alice', iat: nowS - 10, nbf: nowS - 10, exp: nowS + 600 };

const published = (kid: string, alg: string, { jwk }: TestKey): object => ({ ...jwk, kid, alg, use: 'sig' });
const JWKS = {
  keys: [published('rsa', 'RS256', RSA), published('ec', 'ES256', P256), published('ed', 'EdDSA', ED25519)],
};

let stage: Stage;
before(async () => {
  const tokens = await readFile(join(import.meta.dirname, '../../../policies/lib/tokens.rego'), 'utf8');
  const issuers = { [ISSUER]: { audiences: ['shop'], jwks: JWKS } };
  stage = await startStage({
    rego: { 'gate.rego': POLICY, 'tokens.rego': tokens, 'data.json': JSON.stringify({ issuers }) },
    extAuthz: '{ identityHeaders: [x-user] }',
    listeners: [listener('front')],
  });
});
after(() => stage?.stop());

const get = (headers: readonly string[], tag?: string): Promise<Response> =>
  ask(stage.envoy.port('front'), {
    headers: ['x-user: root', ...headers],
    ...(tag !== undefined && { tag }),
  });

const rsa = (claims: object, header: object = {}): string =>
  makeToken({ alg: 'RS256', kid: 'rsa', typ: 'JWT', ...header }, { ...GOOD, ...claims }, RSA);

/** With a signature of one's own choice, or none. */
const unsigned = (header: object, signature = ''): string =>
  `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify({ ...GOOD, sub: 'root' }))}.${signature}`;

test('good tokens of every algorithm let their subject in, again and again', async () => {
  const tokens = [
    rsa({}),
    makeToken({ alg: 'ES256', kid: 'ec' }, GOOD, P256),
    makeToken({ alg: 'EdDSA', kid: 'ed' }, GOOD, ED25519),
    rsa({ aud: ['other', 'shop'] }),
  ];
  for (const token of [...tokens, ...tokens]) {
    const { status, seen } = await get([`authorization: Bearer ${token}`]);
    assert.equal(status, 200);
    assert.deepEqual(valuesOf(seen!.headers, 'x-user'), ['alice']);
  }
});

test('every other token is refused, and only the operator is told why', async () => {
  const good = rsa({});
  const [head, body, signature] = good.split('.') as [string, string, string];
  const root = base64url(JSON.stringify({ ...GOOD, sub: 'root' }));
  const secret = (key: string): string =>
    makeToken({ alg: 'HS256', kid: 'rsa' }, { ...GOOD, sub: 'root' }, key);
  const rows: Readonly<Record<string, string>> = {
    expired: rsa({ exp: nowS - 1 }),
    'without an end': rsa({ exp: undefined }),
    'not yet good': rsa({ nbf: nowS + 300 }),
    'of another audience': rsa({ aud: 'bank' }),
    'without an audience': rsa({ aud: undefined }),
    'of another issuer': rsa({ iss: 'https://evil.test' }),
    'of nobody': rsa({ sub: '' }),
    'with other claims': `${head}.${root}.${signature}`,
    'without its signature': `${head}.${body}.`,
    'with half a signature': `${head}.${body}.${signature.slice(0, 100)}`,
    'by another key of that name': makeToken({ alg: 'ES256', kid: 'ec' }, GOOD, P384, 'ES256'),
    'by another key of the issuer': makeToken({ alg: 'ES256', kid: 'rsa' }, GOOD, P256),
    'by a key that is not named': makeToken({ alg: 'RS256' }, GOOD, RSA),
    'by a key that it brings': makeToken({ alg: 'ES256', kid: 'mine', jwk: P384.jwk }, GOOD, P384, 'ES256'),
    'alg none': unsigned({ alg: 'none', kid: 'rsa' }),
    'alg None': unsigned({ alg: 'None', kid: 'rsa' }),
    'no alg': unsigned({ kid: 'rsa' }, signature),
    'alg none, signed': unsigned({ alg: 'none', kid: 'rsa' }, signature),
    'HS256 by the public PEM': secret(RSA.pem),
    'HS256 by the public PEM, cut': secret(RSA.pem.trim()),
    'HS256 by the public JWK': secret(JSON.stringify(JWKS.keys[0])),
    'HS256 by nothing': secret(''),
    'RS512 by a key for RS256': makeToken({ alg: 'RS512', kid: 'rsa' }, GOOD, RSA),
    'no token at all': 'abc',
    nothing: '',
  };
  const count = stage.upstream.count();
  for (const [what, token] of Object.entries(rows)) {
    const {
      status,
      body: told,
      headers,
    } = await get([`authorization: Bearer ${token}`], what.replaceAll(',', ''));
    assert.equal(status, 401, what);
    assert.equal(told, '', what);
    assert.deepEqual(valuesOf(headers, 'www-authenticate'), ['Bearer'], what);
  }
  assert.equal(stage.upstream.count(), count);
  const reasons = async (tag: string): Promise<unknown> =>
    ((await stage.envoy.logged(tag)).metadata!['portcullis'] as { reasons: unknown }).reasons;
  assert.deepEqual(await reasons('expired'), ['the token is past its time or ahead of it']);
  assert.deepEqual(await reasons('of another audience'), ['the token is for another audience']);
});

test('a token is believed only where it belongs, and only alone', async () => {
  const good = rsa({});
  for (const headers of [
    [],
    [`authorization: ${good}`],
    [`authorization: Basic ${good}`],
    [`authorization: Bearer  ${good}`],
    [`authorization: Bearer ${good} ${good}`],
    [`authorization: Bearer ${good}`, `authorization: Bearer ${good}`],
    [`x-authorization: Bearer ${good}`],
    [`proxy-authorization: Bearer ${good}`],
    [`cookie: authorization=Bearer ${good}`],
  ]) {
    assert.equal((await get(headers)).status, 401, headers.map((line) => line.slice(0, 40)).join(', '));
  }
  assert.equal((await get([`authorization: Bearer ${good}`])).status, 200);
});

test('no token is in the decision log', async () => {
  const token = rsa({ jti: 'secret' });
  await get([`authorization: Bearer ${token}`, `x-api-key: ${token}`, `cookie: session=${token}`], 'logged');
  const { metadata } = await stage.envoy.logged('logged');
  const line = await stage.decision(metadata!['decision_id']);
  assert.ok(!JSON.stringify(line).includes(token));
});
