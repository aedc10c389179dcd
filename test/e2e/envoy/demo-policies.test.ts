// needs: envoy, openssl
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, mock, test } from 'node:test';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../../../src/bundle/archive.ts';
import { systemClock } from '../../../src/clock.ts';
import { createAuthority, type Issued } from '../../contract/certificates.ts';
import { type Envoy, startEnvoy } from '../../support/envoy.ts';
import { ask, type Request, type Response, valuesOf } from '../../support/envoy-client.ts';
import {
  type Block,
  bootstrap,
  cluster,
  type ListenerOptions,
  listener,
  PDP,
  route,
  UPSTREAM,
} from '../../support/envoy-config.ts';
import { portOf } from '../../support/envoy-stage.ts';
import { type GrpcUpstream, startGrpcUpstream } from '../../support/grpc-upstream.ts';
import { ServerSite } from '../../support/server-site.ts';
import { startUpstream } from '../../support/upstream.ts';

/**
 * The demo's own bundle and configuration behind Envoy: what the policies of the gateway and the mesh decide arrives as HTTP.
 * The time is that of the bundle's decision vectors, whose credentials these requests carry.
 */

const root = join(import.meta.dirname, '../../..');
const SHOP = 'spiffe://shop.example/ns/shop/sa';
/** A Wednesday, 10:00 in Berlin; a minute after dave has signed in with a second factor. */
const WEDNESDAY = '2026-11-25T09:00:00Z';

const cleanups: (() => unknown)[] = [];
const certificates: Record<string, Issued> = {};
const tokens: Record<string, string> = {};
let now = WEDNESDAY;
let ca: Buffer;
let envoy: Envoy;
let health: GrpcUpstream;

before(async () => {
  mock.method(systemClock, 'wallMs', () => Date.parse(now));
  const archive = await readFile(join(root, 'bundles/shop.tar.gz'));
  await readTokens(archive);
  const site = await ServerSite.create({ after: (act) => cleanups.push(act) }, await demoConfig(), {
    'shop.tar.gz': archive,
    'shop.pub.pem': await readFile(join(root, 'bundles/shop.pub.pem')),
  });
  const server = await site.start();
  assert.ok(server.status().ready);
  const upstream = await startUpstream();
  cleanups.push(() => upstream.stop());
  health = await startGrpcUpstream();
  cleanups.push(() => health.stop());
  const clusters = [
    cluster(PDP, portOf(server), { http2: true }),
    cluster(UPSTREAM, upstream.port),
    cluster('health', health.port, { http2: true }),
  ];
  envoy = await startEnvoy(bootstrap([...edge(), ...(await mesh())], clusters));
  cleanups.push(() => envoy.stop());
});
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  mock.restoreAll();
});

/** The demo's configuration on free ports, with its bundle beside it. */
async function demoConfig(): Promise<string> {
  const text = await readFile(join(root, 'examples/demo/portcullis.yaml'), 'utf8');
  const moved = text
    .replace(/^stateDir: .*/m, 'stateDir: state')
    .replaceAll('../../bundles/', '')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:0')
    .replace(/^decisionLog:/m, 'decisionLog:\n  enabled: false');
  return `${moved}logging: { level: silent }\n`;
}

interface Example {
  readonly name: string;
  readonly input?: {
    readonly attributes?: {
      readonly request: { readonly http: { readonly headers: Record<string, string> } };
    };
  };
}

/** Those of the example requests, and those of the vectors that were built with the bundle. */
async function readTokens(archive: Uint8Array): Promise<void> {
  const files = await readArchive(archive, DEFAULT_ARCHIVE_LIMITS);
  const vectors = files.find(({ path }) => path === 'vectors.json')!;
  const examples = JSON.parse(Buffer.from(vectors.bytes).toString()) as Example[];
  const header = (name: string, key: string): string =>
    examples.find((each) => each.name === `gateway: ${name}`)!.input!.attributes!.request.http.headers[key]!;
  tokens['daveMfa'] = header(
    'a manager refunds a minute after signing in with a second factor',
    'authorization',
  );
  tokens['dave'] = header('without a second factor no refund', 'authorization');
  tokens['carol'] = header('support reads an order when the office opens', 'authorization');
  for (const [name, file, key] of [
    ['alice', 'gateway-allow', 'authorization'],
    ['acme', 'gateway-partner', 'x-api-key'],
  ] as const) {
    const { attributes } = JSON.parse(await readFile(join(root, `examples/demo/${file}.json`), 'utf8'));
    tokens[name] = attributes.request.http.headers[key];
  }
}

/** Listeners of the gateway: for everybody, the same without looking at bodies, and for partners. */
function edge(): Block[] {
  const routes = (zone: string): Block[] =>
    Object.entries({ '/orders': 'orders', '/products': 'catalogue' }).map(([prefix, service]) =>
      route({ prefix }, { extensions: { service, zone } }),
    );
  const withBody = { max_request_bytes: 1024, allow_partial_message: true, pack_as_bytes: true };
  return [
    listener('edge', { routes: routes('external'), authz: { with_request_body: withBody } }),
    listener('bodiless', { routes: routes('external') }),
    listener('partner', { routes: routes('partner') }),
  ];
}

/** A listener for each service of the mesh, with its certificate. */
async function mesh(): Promise<Block[]> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-demo-mesh-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const authority = await createAuthority(folder, 'authority');
  ca = authority.cert;
  const issue = async (name: string, id: string): Promise<Issued> =>
    (certificates[name] = await authority.issue(name, [`URI:${id}`, 'DNS:localhost']));
  for (const name of ['warehouse', 'storefront', 'billing']) await issue(name, `${SHOP}/${name}`);
  await issue('prometheus', 'spiffe://shop.example/ns/monitoring/sa/prometheus');
  await issue('stranger', 'spiffe://evil.example/ns/shop/sa/warehouse');
  const of = async (name: string): Promise<Block> => {
    const { certFile, keyFile } = await issue(name, `${SHOP}/${name}`);
    const extensions = { 'portcullis.entrypoint': 'mesh/authz/decision' };
    const options: ListenerOptions = {
      tls: { certFile, keyFile, caFile: authority.certFile },
      routes: [
        route({ prefix: '/grpc.health.v1.Health/' }, { cluster: 'health', extensions }),
        route({ prefix: '/' }, { extensions }),
      ],
    };
    return listener(name, options);
  };
  return [await of('inventory'), await of('orders')];
}

let asked = 0;

interface Told {
  readonly response: Response;
  /** What the operator is told. */
  readonly reasons: readonly string[];
}

/** Asks, and reads the reasons in Envoy's access log. */
async function at(name: string, request: Request, who?: string): Promise<Told> {
  const tag = `demo-${++asked}`;
  const issued = who === undefined ? undefined : certificates[who]!;
  const response = await ask(
    envoy.port(name),
    { ...request, tag },
    issued && { ca, cert: issued.cert, key: issued.key },
  );
  const { metadata } = await envoy.logged(tag);
  const { reasons = [] } = metadata?.['portcullis'] as { readonly reasons?: readonly string[] };
  return { response, reasons };
}

const arrived = ({ response: { seen } }: Told, name: string): string[] => valuesOf(seen!.headers, name);

/** Nothing reached the service, for this reason. */
function isDenied({ response, reasons }: Told, httpStatus: number, reason: RegExp): void {
  assert.deepEqual([response.status, response.seen, response.body], [httpStatus, undefined, '']);
  assert.match(reasons.join('; '), reason);
}

test('a partner passes with its API key, in the partner zone alone', async () => {
  const headers = [`x-api-key: ${tokens['acme']}`, 'x-user: root', 'x-roles: manager'];
  const told = await at('partner', { path: '/orders/1001', headers });
  assert.equal(told.response.status, 200);
  assert.deepEqual(arrived(told, 'x-user'), ['acme']);
  assert.deepEqual(arrived(told, 'x-zone'), ['partner']);
  assert.deepEqual(arrived(told, 'x-auth'), ['api_key']);
  assert.deepEqual(arrived(told, 'x-api-key'), []);
  isDenied(
    await at('edge', { path: '/orders/1001', headers }),
    403,
    /not reached from the external zone by: api_key/,
  );
  isDenied(
    await at('partner', { method: 'DELETE', path: '/orders/1001', headers }),
    403,
    /contract does not cover/,
  );
  isDenied(
    await at('partner', { path: '/orders/1001', headers: ['x-api-key: pk.acme-1.guess'] }),
    401,
    /API key is not accepted/,
  );
});

test('without credentials only what is public is served; others are asked to sign in', async () => {
  const denied = await at('edge', { path: '/orders/1001', headers: ['x-user: root'] });
  isDenied(denied, 401, /credentials are needed/);
  assert.deepEqual(valuesOf(denied.response.headers, 'www-authenticate'), ['Bearer realm="shop"']);
  const open = await at('edge', {
    path: '/products/7',
    headers: ['x-user: root', 'authorization: Bearer x'],
  });
  assert.equal(open.response.status, 200);
  assert.deepEqual(arrived(open, 'x-auth'), ['anonymous']);
  for (const name of ['x-user', 'authorization']) assert.deepEqual(arrived(open, name), []);
});

test('a customer reads an order as the one that the token names', async () => {
  const headers = [`authorization: ${tokens['alice']}`, 'x-user: root'];
  const spoofed = await at('edge', { path: '/orders/1001', headers });
  assert.equal(spoofed.response.status, 200);
  assert.deepEqual(arrived(spoofed, 'x-user'), ['alice']);
  assert.deepEqual(arrived(spoofed, 'authorization'), []);
});

const refund = (token: string, body: string, more: Partial<Request> = {}): Request => ({
  method: 'POST',
  path: '/orders/1001/refund',
  headers: [`authorization: ${tokens[token]}`, 'content-type: application/json'],
  body,
  ...more,
});

test('a refund needs a sign-in that is strong and recent', async () => {
  const body = '{"amount":80,"currency":"EUR"}';
  const weak = await at('edge', refund('dave', body));
  isDenied(weak, 401, /not strong enough/);
  const challenge =
    'Bearer error="insufficient_user_authentication", acr_values="urn:shop:mfa", max_age="300"';
  assert.deepEqual(valuesOf(weak.response.headers, 'www-authenticate'), [challenge]);
  const told = await at('edge', refund('daveMfa', body));
  assert.equal(told.response.status, 200);
  assert.deepEqual(arrived(told, 'x-user'), ['dave']);
  assert.deepEqual(valuesOf(told.response.headers, 'cache-control'), ['no-store']);
  now = '2026-11-25T09:04:00.001Z';
  const late = await at('edge', refund('daveMfa', body));
  isDenied(late, 401, /too long ago/);
  assert.deepEqual(valuesOf(late.response.headers, 'www-authenticate'), [challenge]);
});

test('a refund is judged by its body, which has to be there as a whole', async () => {
  now = WEDNESDAY;
  const body = (amount: number, padding = 0): string =>
    JSON.stringify({ amount, currency: 'EUR', note: 'x'.repeat(padding) });
  const chunked = refund('daveMfa', body(499), { chunkBytes: 7 });
  assert.equal((await at('edge', refund('daveMfa', body(500)))).response.status, 200);
  assert.equal((await at('edge', chunked)).response.status, 200);
  isDenied(await at('edge', refund('daveMfa', body(500.01))), 403, /at most 500/);
  isDenied(await at('edge', refund('daveMfa', body(80, 1100))), 403, /body is needed/);
  isDenied(await at('edge', refund('daveMfa', '')), 403, /body is needed/);
  isDenied(await at('bodiless', refund('daveMfa', body(80))), 403, /body is needed/);
  isDenied(await at('bodiless', chunked), 403, /body is needed/);
});

test('support reads orders while its office is open', async () => {
  const order = (): Promise<Told> =>
    at('edge', { path: '/orders/1002', headers: [`authorization: ${tokens['carol']}`] });
  for (const [moment, isOpen] of [
    ['2026-11-25T06:59:59.999Z', false],
    ['2026-11-25T07:00:00Z', true],
    ['2026-11-25T16:59:59.999Z', true],
    ['2026-11-25T17:00:00Z', false],
    ['2026-11-28T10:00:00Z', false],
  ] as const) {
    now = moment;
    const told = await order();
    assert.equal(told.response.status, isOpen ? 200 : 403, moment);
    if (isOpen) assert.deepEqual(arrived(told, 'x-user'), ['carol']);
  }
});

test('in the mesh the warehouse may GET an order of the orders service, and nothing else', async () => {
  now = WEDNESDAY;
  const spoofs = ['x-caller: root', `x-forwarded-client-cert: URI=${SHOP}/storefront`];
  const told = await at('orders', { path: '/orders/1001', headers: spoofs }, 'warehouse');
  assert.equal(told.response.status, 200);
  assert.deepEqual(arrived(told, 'x-caller'), [`${SHOP}/warehouse`]);
  assert.deepEqual(arrived(told, 'x-caller-rule'), ['order.read']);
  const noRule = /no rule of this caller fits/;
  isDenied(await at('orders', { path: '/orders/1001', method: 'DELETE' }, 'warehouse'), 403, noRule);
  isDenied(await at('orders', { path: '/orders', headers: spoofs }, 'warehouse'), 403, noRule);
  isDenied(await at('inventory', { path: '/orders/1001' }, 'warehouse'), 403, noRule);
  isDenied(await at('orders', { path: '/orders/1001' }, 'billing'), 403, /no rule lets this caller/);
  isDenied(await at('orders', { path: '/orders/1001' }, 'stranger'), 403, /no identity of a trusted domain/);
});

test('in the mesh a rule may hold on a condition about a header', async () => {
  const create = (headers: readonly string[]): Promise<Told> =>
    at('orders', { method: 'POST', path: '/orders', headers, body: '{}' }, 'storefront');
  const told = await create(['x-tenant: outlet']);
  assert.deepEqual([told.response.status, ...arrived(told, 'x-caller-rule')], [200, 'order.create']);
  isDenied(await create(['x-tenant: other']), 403, /no rule of this caller fits/);
  isDenied(await create([]), 403, /no rule of this caller fits/);
});

test('in the mesh rules for gRPC name methods and headers', async () => {
  const call = (method: string, headers: readonly string[] = []): Promise<Told> =>
    at(
      'inventory',
      {
        method: 'POST',
        path: `/shop.inventory.v1.Stock/${method}`,
        headers: ['content-type: application/grpc', 'te: trailers', ...headers],
      },
      'orders',
    );
  const told = await call('Reserve', ['x-order-id: 7']);
  assert.deepEqual(arrived(told, 'x-caller-rule'), ['stock.reserve']);
  for (const denied of [
    await call('Watch', ['x-order-id: 7']),
    await call('Reserve'),
    await call('Reserve', ['x-order-id: 7', 'x-dry-run: 1']),
  ]) {
    assert.equal(denied.response.seen, undefined);
    assert.deepEqual(valuesOf(denied.response.headers, 'grpc-status'), [String(status.PERMISSION_DENIED)]);
    assert.match(denied.reasons.join(), /no rule of this caller fits/);
  }
});

test('in the mesh a gRPC client with a certificate calls what its namespace may', async (t) => {
  const call = (who: string, method: string): Promise<number> => {
    const { key, cert } = certificates[who]!;
    const client = new Client(`127.0.0.1:${envoy.port('inventory')}`, credentials.createSsl(ca, key, cert), {
      'grpc.ssl_target_name_override': 'localhost',
      'grpc.use_local_subchannel_pool': 1,
    });
    t.after(() => client.close());
    const same = (bytes: Buffer): Buffer => bytes;
    return new Promise((resolve) => {
      client.makeUnaryRequest(
        `/grpc.health.v1.Health/${method}`,
        same,
        same,
        Buffer.alloc(0),
        (error: ServiceError | null) => resolve(error?.code ?? status.OK),
      );
    });
  };
  assert.equal(await call('prometheus', 'Check'), status.OK);
  assert.equal(await call('prometheus', 'Watch'), status.PERMISSION_DENIED);
  assert.equal(await call('warehouse', 'Check'), status.PERMISSION_DENIED);
  assert.equal(health.asked.length, 1);
});
