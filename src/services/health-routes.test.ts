import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callFrom, certified, FakeReadiness, httpRequest, LOCAL_CALL } from '../../test/support/services.ts';
import type { CallContext } from '../rpc.ts';
import { type Authorizer, allowEveryone, createAuthorizer } from './authorize.ts';
import { healthRoutes } from './health-routes.ts';

const MISSING = ['policy set shop has no bundle'];

async function get(target: string, missing: readonly string[], authorize: Authorizer, call: CallContext) {
  const routes = healthRoutes({ authorize, readiness: new FakeReadiness(missing) });
  const route = routes.find(({ path }) => path === target.split('?')[0]);
  const { status, headers, body } = await route!.handler(httpRequest(target), call);
  assert.equal(headers?.['content-type'], 'application/json');
  return [status, JSON.parse(String(body))];
}

const clients = createAuthorizer({
  probe: { dns: ['probe'], methods: ['health'] },
  shopper: { dns: ['shopper'], policySets: ['shop'] },
});
const by = (name: string): CallContext => callFrom(certified({ dnsNames: [name] }));

const ROWS: readonly (readonly [string, readonly string[], Authorizer, CallContext, number, object])[] = [
  ['/health/live', MISSING, allowEveryone, LOCAL_CALL, 200, { live: true }],
  ['/health/live', [], clients, LOCAL_CALL, 200, { live: true }],
  ['/health/ready', [], allowEveryone, LOCAL_CALL, 200, { ready: true }],
  ['/health/ready', MISSING, allowEveryone, LOCAL_CALL, 503, { ready: false, reasons: MISSING }],
  ['/health/ready', [], clients, LOCAL_CALL, 200, { ready: true }],
  ['/health/ready', MISSING, clients, LOCAL_CALL, 503, { ready: false }],
  ['/health/ready', MISSING, clients, by('probe'), 503, { ready: false, reasons: MISSING }],
  ['/health/ready', MISSING, clients, by('shopper'), 503, { ready: false }],
  ['/health', MISSING, allowEveryone, LOCAL_CALL, 200, { live: true }],
  ['/health?bundles', MISSING, allowEveryone, LOCAL_CALL, 503, { ready: false, reasons: MISSING }],
  ['/health?plugins=true', [], allowEveryone, LOCAL_CALL, 200, { ready: true }],
];

for (const [target, missing, authorize, call, status, body] of ROWS) {
  const who = call.peer.certificate?.dnsNames[0] ?? 'anyone';
  const state = missing.length === 0 ? 'ready' : 'not ready';
  const open = authorize === allowEveryone ? 'open' : 'clients only';
  test(`${target} (${state}, ${open}, asked by ${who}) → ${status}`, async () => {
    assert.deepEqual(await get(target, missing, authorize, call), [status, body]);
  });
}
