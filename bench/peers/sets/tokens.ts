/** JSON Web Tokens, RS256: signature, issuer, audience and lifetime are verified, then the roles and the tenant that they hold. */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { AGENTS } from '../../cache/envelope.ts';
import { type Random, zipf } from '../../distributions.ts';
import { ADDRESS, HEAD, HOST, type PolicySet, pick, type Wish } from './policy-set.ts';

const ISSUER = 'https://id.shop.example';
const AUDIENCE = 'shop';
const KEY_ID = 'bench-1';
const USERS = 200;
/** Longer than a run: a token that ends meanwhile would change what is right. */
const LIFETIME_SECONDS = 2 * 3600;
const BEARER = 'Bearer ';

const rego = `${HEAD}
claims := payload if {
	header := http.headers.authorization
	startswith(header, "Bearer ")
	constraints := {"cert": data.issuer.jwks, "alg": "RS256", "iss": data.issuer.iss, "aud": "${AUDIENCE}"}
	[valid, _, payload] := io.jwt.decode_verify(substring(header, 7, -1), constraints)
	valid
}

own if startswith(path, concat("", ["/tenants/", claims.tenant, "/"]))

allow if {
	http.method in {"GET", "HEAD"}
	own
	"reader" in claims.roles
}

allow if {
	http.method in {"POST", "PUT", "DELETE"}
	own
	"writer" in claims.roles
}
`;

const cerbos = `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: http
  variables:
    local:
      own: 'R.attr.path.startsWith("/tenants/" + request.aux_data.jwt.tenant + "/")'
  rules:
    - actions: ["GET", "HEAD"]
      effect: EFFECT_ALLOW
      roles: [caller]
      condition: { match: { all: { of: [{ expr: 'V.own' }, { expr: '"reader" in request.aux_data.jwt.roles' }] } } }
    - actions: ["POST", "PUT", "DELETE"]
      effect: EFFECT_ALLOW
      roles: [caller]
      condition: { match: { all: { of: [{ expr: 'V.own' }, { expr: '"writer" in request.aux_data.jwt.roles' }] } } }
`;

interface User {
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly token: string;
}

/** The policy set `tokens`, with a key and tokens that are made for this run. */
export function tokens(): PolicySet {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwks = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }],
  });
  const users = Array.from({ length: USERS }, (_, id): User => {
    const tenant = `t${id % 40}`;
    const roles = id % 3 === 0 ? ['reader', 'writer'] : ['reader'];
    return { tenant, roles, token: tokenOf({ sub: `user-${id}`, tenant, roles }, privateKey) };
  });
  const rank = zipf(USERS, 1);
  const item = zipf(20, 1.1);
  return {
    name: 'tokens',
    title: 'JWT RS256 with JWKS',
    rego,
    dataJson: JSON.stringify({ issuer: { iss: ISSUER, jwks } }),
    cerbos: {
      files: { 'http.yaml': cerbos },
      configuration: `auxData:\n  jwt:\n    keySets:\n      - id: bench\n        local: { data: ${Buffer.from(jwks).toString('base64')} }\n`,
      request: ({ call: { method, path, headers } }) => ({
        principal: 'caller',
        roles: ['caller'],
        kind: 'http',
        action: method,
        attributes: { path: path.split('?')[0]! },
        token: headers['authorization']!.slice(BEARER.length),
      }),
    },
    call: (random) => callOf(users[rank(random())]!, item(random()), random),
  };
}

function callOf({ tenant, roles, token }: User, item: number, random: Random): Wish {
  const chance = random();
  const foreign = chance < 0.02;
  const method = chance > 0.9 ? 'POST' : 'GET';
  const call = {
    method,
    path: `/tenants/${foreign ? 'other' : tenant}/items/${item}`,
    host: HOST,
    headers: { authorization: `${BEARER}${token}` },
    agent: pick(random, AGENTS),
    extensions: { service: 'shop' },
    address: ADDRESS,
  };
  return { call, allowed: !foreign && roles.includes(method === 'GET' ? 'reader' : 'writer') };
}

function tokenOf(claims: object, key: KeyObject): string {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const times = { iat: nowSeconds, nbf: nowSeconds - 60, exp: nowSeconds + LIFETIME_SECONDS };
  const body = { iss: ISSUER, aud: AUDIENCE, jti: randomUUID(), ...times, ...claims };
  const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${encode(body)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
