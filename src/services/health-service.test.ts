import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  callFrom,
  certified,
  FakeReadiness,
  handlerOf,
  LOCAL_CALL,
  LOCAL_PEER,
} from '../../test/support/services.ts';
import {
  HealthCheckRequestSchema,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../gen/grpc/health/v1/health_pb.ts';
import { allowEveryone, createAuthorizer } from './authorize.ts';
import { healthMethods } from './health-service.ts';

const DECISIONS = 'portcullis.v1.DecisionService';

const request = (service: string): Uint8Array =>
  toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service }));
const status = (bytes: Uint8Array): ServingStatus => fromBinary(HealthCheckResponseSchema, bytes).status;

function health(missing: readonly string[], authorize = allowEveryone) {
  const readiness = new FakeReadiness(missing);
  const stop = new AbortController();
  const methods = healthMethods({
    authorize,
    readiness,
    serviceNames: [DECISIONS, 'my-service'],
    stopping: stop.signal,
  });
  const check = handlerOf(methods, '/grpc.health.v1.Health/Check', 'unary');
  const watch = handlerOf(methods, '/grpc.health.v1.Health/Watch', 'server-stream');
  return {
    readiness,
    stop,
    check: async (service: string, call = LOCAL_CALL) => status(await check(request(service), call)),
    watch,
  };
}

test('Check tells whether the known services serve', async () => {
  for (const [missing, expected] of [
    [[], ServingStatus.SERVING],
    [['shop: no bundle'], ServingStatus.NOT_SERVING],
  ] as const) {
    for (const service of ['', DECISIONS, 'my-service']) {
      assert.equal(await health(missing).check(service), expected);
    }
  }
});

test('Check and Watch tell of one policy set alone', async () => {
  const { check, readiness, watch } = health(['shop: no bundle']);
  assert.equal(await check('policy-set:shop'), ServingStatus.NOT_SERVING);
  assert.equal(await check('policy-set:hr'), ServingStatus.SERVING);
  assert.equal(await check(''), ServingStatus.NOT_SERVING);
  const stream = watch(request('policy-set:hr'), LOCAL_CALL)[Symbol.asyncIterator]();
  const next = async (): Promise<ServingStatus> => status((await stream.next()).value as Uint8Array);
  assert.equal(await next(), ServingStatus.SERVING);
  const waiting = next();
  // What becomes of another policy set is no news.
  readiness.set([]);
  readiness.set(['hr: too old']);
  assert.equal(await waiting, ServingStatus.NOT_SERVING);
  await stream.return?.(undefined);
});

test('a policy set that the caller may not ask is told from none by nobody', async () => {
  const authorize = createAuthorizer({ shopper: { dns: ['shopper'], policySets: ['shop'] } });
  const shopper = callFrom(certified({ dnsNames: ['shopper'] }));
  const { check, watch } = health([], authorize);
  assert.equal(await check('policy-set:shop', shopper), ServingStatus.SERVING);
  for (const name of ['hr', 'nobody', '', 'SHOP']) {
    const service = `policy-set:${name}`;
    await assert.rejects(check(service, shopper), {
      code: 'not_found',
      message: `No service "${service}" here`,
    });
    const { value } = await watch(request(service), shopper)[Symbol.asyncIterator]().next();
    assert.equal(status(value as Uint8Array), ServingStatus.SERVICE_UNKNOWN);
  }
});

test('Check refuses names it does not know', async () => {
  for (const service of [
    'portcullis.v1',
    `${DECISIONS}/Check`,
    'My-Service',
    'constructor',
    'shop',
    'policy-set:nobody',
  ]) {
    await assert.rejects(health([]).check(service), { code: 'not_found' });
  }
});

test('Watch tells the status at once and whenever it has changed', async () => {
  const { readiness, watch } = health(['shop: no bundle']);
  const abort = new AbortController();
  const stream = watch(request(DECISIONS), callFrom(LOCAL_PEER, { signal: abort.signal }))[
    Symbol.asyncIterator
  ]();
  const next = async (): Promise<ServingStatus | undefined> => {
    const { done, value } = await stream.next();
    return done === true ? undefined : status(value);
  };
  assert.equal(await next(), ServingStatus.NOT_SERVING);
  const waiting = next();
  readiness.set(['shop: still none']);
  readiness.set([]);
  assert.equal(await waiting, ServingStatus.SERVING);
  readiness.set(['shop: too old']);
  assert.equal(await next(), ServingStatus.NOT_SERVING);
  // There and back between two reads is no change.
  readiness.set([]);
  readiness.set(['shop: too old']);
  const last = next();
  await new Promise(setImmediate);
  abort.abort();
  assert.equal(await last, undefined);
  assert.equal(readiness.listeners.size, 0);
});

test('Watch tells a stopping server as such, and ends', async () => {
  const { readiness, stop, watch } = health([]);
  const stream = watch(request(''), LOCAL_CALL)[Symbol.asyncIterator]();
  const first = await stream.next();
  assert.ok(first.done !== true && status(first.value) === ServingStatus.SERVING);
  const second = stream.next();
  stop.abort();
  readiness.set(['the server is stopping']);
  const last = await second;
  assert.ok(last.done !== true && status(last.value) === ServingStatus.NOT_SERVING);
  assert.equal((await stream.next()).done, true);
  assert.equal(readiness.listeners.size, 0);
});

test('Watch of an unknown service says so and stays open', async () => {
  const { readiness, watch } = health([]);
  const abort = new AbortController();
  const stream = watch(request('nobody'), callFrom(LOCAL_PEER, { signal: abort.signal }))[
    Symbol.asyncIterator
  ]();
  const first = await stream.next();
  assert.ok(first.done !== true);
  assert.equal(status(first.value), ServingStatus.SERVICE_UNKNOWN);
  let ended = false;
  const second = stream.next().then((result) => (ended = result.done === true));
  readiness.set(['x']);
  await new Promise(setImmediate);
  assert.equal(ended, false);
  abort.abort();
  assert.equal(await second, true);
});

test('health is for clients that may use it', async () => {
  const { check, watch } = health([], createAuthorizer({}));
  await assert.rejects(check(''), { code: 'unauthenticated' });
  await assert.rejects(watch(request(''), LOCAL_CALL)[Symbol.asyncIterator]().next(), {
    code: 'unauthenticated',
  });
});
