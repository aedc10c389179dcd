/**
 * Makes the identities of the demo's gateway: three issuers with a key of another algorithm each, and two partners' API
 * keys. Writes the tokens into the decision vectors and the example requests, and keeps only public keys and salted
 * hashes in policies/gateway. Nobody can sign another token, or find another API key, that the demo accepts.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { checkRequest, inputDocument } from './demo-requests.ts';

const root = join(import.meta.dirname, '..');
const YEAR_2100 = 4102444800;
/** 2026-11-25, a Wednesday, 10:00 in Berlin. */
const WEDNESDAY = Date.UTC(2026, 10, 25, 9) / 1000;
const HOUR = 3600;

interface Issuer {
  readonly iss: string;
  readonly publicKey: JWK;
  sign(claims: JWTPayload, header?: { kid?: string; typ?: string; alg?: string }): Promise<string>;
}

async function issuer(iss: string, alg: string, kid: string): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, alg === 'EdDSA' ? { crv: 'Ed25519' } : {});
  return {
    iss,
    publicKey: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign: (claims, header = {}) =>
      new SignJWT({ iss, aud: 'shop', exp: YEAR_2100, ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey),
  };
}

const customers = await issuer('https://accounts.shop.example', 'ES256', 'customers-1');
const staff = await issuer('https://login.shop.example', 'RS256', 'staff-1');
const machines = await issuer('https://machines.shop.example', 'EdDSA', 'machines-1');
const stranger = await issuer(customers.iss, 'ES256', 'customers-1');

const november = { nbf: Date.UTC(2026, 10, 1) / 1000, exp: Date.UTC(2026, 11, 1) / 1000 };
const alice = { sub: 'alice', roles: ['customer'], scope: 'orders:read orders:write' };
const dave = { sub: 'dave', roles: ['manager'], scp: ['orders:refund', 'catalogue:write', 'reports:read'] };
const mfa = { acr: 'urn:shop:mfa', amr: ['pwd', 'otp'], auth_time: WEDNESDAY - 60 };
const at = { typ: 'at+jwt' };

const unsigned = (claims: object): string =>
  `${Buffer.from('{"alg":"none","kid":"customers-1"}').toString('base64url')}.${Buffer.from(
    JSON.stringify({ iss: customers.iss, aud: 'shop', exp: YEAR_2100, ...claims }),
  ).toString('base64url')}.`;

/** The public key taken for a secret: what a verifier that believes the header's `alg` would accept. */
const confused = async (claims: JWTPayload): Promise<string> =>
  new SignJWT({ iss: staff.iss, aud: 'shop', exp: YEAR_2100, ...claims })
    .setProtectedHeader({ alg: 'HS256', kid: 'staff-1', typ: 'at+jwt' })
    .sign(Buffer.from(JSON.stringify(staff.publicKey)));

interface ApiKey {
  readonly key: string;
  readonly record: { readonly salt: string; readonly hash: string };
}

function apiKey(id: string): ApiKey {
  const secret = randomBytes(32).toString('base64url');
  const salt = randomBytes(16).toString('hex');
  return {
    key: `pk.${id}.${secret}`,
    record: { salt, hash: createHmac('sha256', salt).update(secret).digest('hex') },
  };
}

const acme = apiKey('acme-1');
const globex = apiKey('globex-1');

const credentials = {
  alice: await customers.sign(alice),
  november: await customers.sign({ ...alice, ...november }),
  forged: await stranger.sign(alice),
  unsigned: unsigned(alice),
  otherAudience: await customers.sign({ ...alice, aud: 'bank' }),
  otherIssuer: await customers.sign({ ...alice, iss: 'https://accounts.bank.example' }),
  otherKey: await customers.sign(alice, { kid: 'customers-2' }),
  noScopes: await customers.sign({ sub: 'alice', roles: ['customer'] }),
  pretender: await customers.sign({ ...alice, roles: ['manager'], scope: 'orders:refund' }),
  carol: await staff.sign(
    { sub: 'carol', roles: ['support'], region: 'eu', scope: 'orders:read reports:read' },
    at,
  ),
  dave: await staff.sign(dave, at),
  daveMfa: await staff.sign({ ...dave, ...mfa, regions: ['eu', 'us'] }, at),
  erin: await staff.sign({ sub: 'erin', roles: ['auditor'], clearance: 3, scope: 'orders:read' }, at),
  idToken: await staff.sign(dave, { typ: 'JWT' }),
  confused: await confused(dave),
  importer: await machines.sign({
    sub: 'importer',
    roles: ['customer'],
    iat: WEDNESDAY,
    exp: WEDNESDAY + HOUR,
    scopes: ['orders:read'],
  }),
  longLived: await machines.sign({
    sub: 'importer',
    roles: ['customer'],
    iat: WEDNESDAY,
    scopes: ['orders:read'],
  }),
  acme: acme.key,
  acmeGuess: `pk.acme-1.${randomBytes(32).toString('base64url')}`,
  globex: globex.key,
};

const issuers = {
  [customers.iss]: {
    realm: 'customers',
    audiences: ['shop'],
    leeway_seconds: 30,
    roles: ['customer'],
    jwks: { keys: [customers.publicKey] },
  },
  [staff.iss]: {
    realm: 'staff',
    audiences: ['shop', 'shop-admin'],
    roles: ['support', 'manager', 'auditor'],
    types: ['at+jwt'],
    jwks: { keys: [staff.publicKey] },
  },
  [machines.iss]: {
    realm: 'machines',
    audiences: ['shop'],
    leeway_seconds: 5,
    max_lifetime_seconds: HOUR,
    refuse_future_iat: true,
    roles: ['customer'],
    jwks: { keys: [machines.publicKey] },
  },
};
const permits = { orders: { GET: [['orders', '{order:[0-9]{1,12}}']], POST: [['orders']] } };
const partners = {
  'acme-1': { partner: 'acme', tier: 'gold', ...acme.record, permits },
  'globex-1': { partner: 'globex', expires: '2026-12-01T00:00:00Z', ...globex.record, permits },
};

const get = { method: 'GET', path: '/orders/1001' };
const from = (zone: string): Record<string, string> => ({ service: 'orders', zone });
const service = (name: string): string => `spiffe://shop.example/ns/shop/sa/${name}`;
const allow = checkRequest({
  ...get,
  headers: { authorization: `Bearer ${credentials.alice}` },
  extensions: from('external'),
});
const deny = checkRequest({ ...get, extensions: from('external') });
const partner = { ...get, headers: { 'x-api-key': acme.key }, extensions: from('partner') };
const stock = { path: '/stock', caller: service('warehouse'), called: service('inventory') };
const examples = {
  'ext-authz-allow.json': allow,
  'ext-authz-deny.json': deny,
  'gateway-allow.json': inputDocument(allow),
  'gateway-deny.json': inputDocument(deny),
  'gateway-partner.json': inputDocument(checkRequest(partner)),
  'mesh-allow.json': inputDocument(checkRequest({ ...stock, method: 'GET' })),
  'mesh-deny.json': inputDocument(checkRequest({ ...stock, method: 'DELETE' })),
};

const json = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;
await writeFile(join(root, 'policies/gateway/issuers/data.json'), json(issuers));
await writeFile(join(root, 'policies/gateway/partners/data.json'), json(partners));
for (const [name, document] of Object.entries(examples)) {
  await writeFile(join(root, 'examples/demo', name), json(document));
}
const vectors = join(root, 'policies/gateway/vectors.yaml');
let text = await readFile(vectors, 'utf8');
for (const [name, credential] of Object.entries(credentials)) {
  text = text.replace(
    new RegExp(`(&${name} "(?:Bearer )?)[^"]*"`),
    (_all, start) => `${start}${credential}"`,
  );
}
await writeFile(vectors, text);
console.log('Wrote the gateway’s credentials. Now run `npm run format` and `npm run bundles`.');
