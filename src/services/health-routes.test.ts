import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callFrom, certified, FakeReadiness, httpRequest, LOCAL_CALL } from '../../test/support/services.ts';
import type { CallContext } from '../rpc.ts';
import { type Authorizer, allowEveryone, createAuthorizer } from './authorize.ts';
import { healthRoutes } from './health-routes.ts';

const MISSING = ['shop has no bundle'];

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

test('/health/ready tells of one policy set alone', async () => {
  const ready = [200, { ready: true }];
  const notReady = [503, { ready: false, reasons: MISSING }];
  for (const [authorize, call] of [
    [allowEveryone, LOCAL_CALL],
    [clients, by('shopper')],
    [clients, by('probe')],
  ] as const) {
    assert.deepEqual(await get('/health/ready?policy_set=shop', ['hr is too old'], authorize, call), ready);
    assert.deepEqual(
      await get('/health/ready?policy_set=shop', [...MISSING, 'hr is too old'], authorize, call),
      notReady,
    );
    assert.deepEqual(await get('/health?bundles&policy_set=shop', MISSING, authorize, call), notReady);
  }
});

test('a policy set that the caller may not ask is told from none by nobody', async () => {
  const asked: readonly (readonly [string, Authorizer, CallContext])[] = [
    ['nobody', allowEveryone, LOCAL_CALL],
    ['', allowEveryone, LOCAL_CALL],
    ['hr', clients, by('shopper')],
    ['shop', clients, by('stranger')],
    ['shop', clients, LOCAL_CALL],
  ];
  for (const [name, authorize, call] of asked) {
    await assert.rejects(get(`/health/ready?policy_set=${name}`, [], authorize, call), {
      code: 'not_found',
      message: `No policy set "${name}" here`,
    });
  }
});

test('two policy sets at once are none', async () => {
  const target = '/health/ready?policy_set=shop&policy_set=hr';
  await assert.rejects(get(target, [], allowEveryone, LOCAL_CALL), { code: 'invalid_request' });
});

for (const [target, missing, authorize, call, status, body] of ROWS) {
  const who = call.peer.certificate?.dnsNames[0] ?? 'anyone';
  const state = missing.length === 0 ? 'ready' : 'not ready';
  const open = authorize === allowEveryone ? 'open' : 'clients only';
  test(`${target} (${state}, ${open}, asked by ${who}) → ${status}`, async () => {
    assert.deepEqual(await get(target, missing, authorize, call), [status, body]);
  });
}
