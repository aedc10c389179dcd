/**
 * Makes the demo's identity: signs tokens for the people of the shop with a fresh key, writes them into the example
 * requests and the decision vectors, and keeps only the public half, in policies/shop/identity_provider. Nobody can
 * sign another token that the demo accepts.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

const root = join(import.meta.dirname, '..');
const ISSUER = 'https://id.shop.example';
const YEAR_2100 = 4102444800;

const issuing = await generateKeyPair('ES256');
const stranger = await generateKeyPair('ES256');

const sign = (claims: JWTPayload, key: CryptoKey = issuing.privateKey): Promise<string> =>
  new SignJWT({ iss: ISSUER, aud: 'shop', exp: YEAR_2100, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'demo' })
    .sign(key);

const alice: JWTPayload = { sub: 'alice', roles: ['customer'] };
const tokens = {
  alice: await sign(alice),
  bob: await sign({ sub: 'bob', roles: ['customer'] }),
  carol: await sign({ sub: 'carol', roles: ['support'], region: 'eu' }),
  dave: await sign({ sub: 'dave', roles: ['manager'] }),
  warehouse: await sign({ sub: 'warehouse', roles: ['service'] }),
  november: await sign({ ...alice, nbf: Date.UTC(2026, 10, 1) / 1000, exp: Date.UTC(2026, 11, 1) / 1000 }),
  forged: await sign(alice, stranger.privateKey),
  otherAudience: await sign({ ...alice, aud: 'bank' }),
  otherIssuer: await sign({ ...alice, iss: 'https://id.bank.example' }),
};

const order = {
  service: 'orders',
  path: '/orders/1001',
  owner: 'alice',
  region: 'eu',
  status: 'placed',
  total: 80,
};
const access = (token: string, method: string, resource: object): object => ({
  subject: { token },
  action: { method },
  resource,
});
const allow = access(tokens.alice, 'GET', order);
const deny = access(tokens.bob, 'GET', order);
const examples = {
  'allow.json': allow,
  'deny.json': deny,
  'catalogue.json': { action: { method: 'GET' }, resource: { service: 'catalogue', path: '/products' } },
  'stock.json': access(tokens.warehouse, 'GET', { service: 'inventory', path: '/stock' }),
  'grpc-allow.json': { question: { access: allow } },
  'grpc-deny.json': { question: { access: deny } },
};

const json = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;
const publicKey = { ...(await exportJWK(issuing.publicKey)), kid: 'demo', alg: 'ES256', use: 'sig' };
await writeFile(
  join(root, 'policies/shop/identity_provider/data.json'),
  json({ issuer: ISSUER, audience: 'shop', jwks: { keys: [publicKey] } }),
);
for (const [name, document] of Object.entries(examples)) {
  await writeFile(join(root, 'examples/demo', name), json(document));
}
const vectors = join(root, 'policies/shop/vectors.yaml');
let text = await readFile(vectors, 'utf8');
for (const [name, token] of Object.entries(tokens)) {
  text = text.replace(new RegExp(`&${name} \\S+`), `&${name} ${token}`);
}
await writeFile(vectors, text);
console.log('Wrote the demo’s tokens. Now run `npm run bundles`.');
