// needs: envoy, openssl
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { type Request, valuesOf } from '../../support/envoy-client.ts';
import {
  arrived,
  at,
  ca,
  certificates,
  envoy,
  health,
  isDenied,
  SHOP,
  setNow,
  startDemoPolicies,
  stopDemoPolicies,
  type Told,
  tokens,
  WEDNESDAY,
} from '../../support/envoy-demo.ts';

/**
 * The demo's own bundle and configuration behind Envoy: what the policies of the gateway and the mesh decide arrives as HTTP.
 * The time is that of the bundle's decision vectors, whose credentials these requests carry.
 */

before(startDemoPolicies);
after(stopDemoPolicies);

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
  setNow('2026-11-25T09:04:00.001Z');
  const late = await at('edge', refund('daveMfa', body));
  isDenied(late, 401, /too long ago/);
  assert.deepEqual(valuesOf(late.response.headers, 'www-authenticate'), [challenge]);
});

test('a refund is judged by its body, which has to be there as a whole', async () => {
  setNow(WEDNESDAY);
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
    setNow(moment);
    const told = await order();
    assert.equal(told.response.status, isOpen ? 200 : 403, moment);
    if (isOpen) assert.deepEqual(arrived(told, 'x-user'), ['carol']);
  }
});

test('in the mesh the warehouse may GET an order of the orders service, and nothing else', async () => {
  setNow(WEDNESDAY);
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
