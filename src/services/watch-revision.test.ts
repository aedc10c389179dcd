import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { callFrom, certified, FakePolicySets, LOCAL_PEER } from '../../test/support/services.ts';
import { policySetDigest } from '../decision/key.ts';
import { WatchRevisionRequestSchema, WatchRevisionResponseSchema } from '../gen/portcullis/v1/decision_pb.ts';
import type { Peer } from '../rpc.ts';
import { createAuthorizer } from './authorize.ts';
import { watchRevisionMethod } from './watch-revision.ts';

const authorize = createAuthorizer({
  shopper: { dns: ['shopper'], policySets: ['shop'] },
  all: { dns: ['all'] },
});
const ALL = certified({ dnsNames: ['all'] });
const SHOPPER = certified({ dnsNames: ['shopper'] });

function watching(policySets: string[], peer: Peer = ALL, minIntervalMs = 0) {
  const active = new FakePolicySets();
  const abort = new AbortController();
  const stop = new AbortController();
  const method = watchRevisionMethod({
    authorize,
    active,
    policySets: ['shop', 'hr', 'ops'],
    minIntervalMs,
    stopping: stop.signal,
  });
  assert.equal(method.kind, 'server-stream');
  const request = toBinary(WatchRevisionRequestSchema, create(WatchRevisionRequestSchema, { policySets }));
  const stream = method.handler(request, callFrom(peer, { signal: abort.signal }))[Symbol.asyncIterator]();
  /** The next message as `name revision`, sorted; undefined at the end. */
  const next = async (): Promise<string[] | undefined> => {
    const { done, value } = await stream.next();
    if (done === true) return undefined;
    const { active } = fromBinary(WatchRevisionResponseSchema, value);
    for (const { policySet, revisions, digest, entrypoint } of active) {
      const main = revisions['main'] ?? '';
      const digests = { policyDigest: `policy-${main}`, dataDigest: `data-${main}` };
      assert.equal(digest, main === '' ? '' : policySetDigest(digests), policySet);
      assert.equal(entrypoint, '');
    }
    return active.map(({ policySet, revisions }) => `${policySet} ${revisions['main'] ?? '-'}`).sort();
  };
  return { active, abort, stop, next, stream };
}

test('tells what is active at once, then what changed', async () => {
  const { active, abort, next } = watching([]);
  active.activate('shop', '1');
  active.activate('hr', '1');
  assert.deepEqual(await next(), ['hr 1', 'shop 1']);
  const waiting = next();
  active.activate('hr', '2');
  assert.deepEqual(await waiting, ['hr 2']);
  active.remove('shop');
  assert.deepEqual(await next(), ['shop -']);
  const last = next();
  abort.abort();
  assert.equal(await last, undefined);
  assert.equal(active.listeners.size, 0);
});

test('ends when the server stops', async () => {
  const { active, stop, next } = watching([]);
  assert.deepEqual(await next(), []);
  const last = next();
  stop.abort();
  assert.equal(await last, undefined);
  assert.equal(active.listeners.size, 0);
});

test('says so when nothing is active yet', async () => {
  const { active, abort, next } = watching(['ops']);
  assert.deepEqual(await next(), []);
  active.activate('shop', '1');
  active.activate('ops', '1');
  assert.deepEqual(await next(), ['ops 1']);
  abort.abort();
});

test('a reader that is slow or late gets one message for everything meanwhile', async () => {
  const { active, abort, next } = watching([]);
  await next();
  for (let revision = 0; revision < 1_000; revision++) {
    active.activate('shop', String(revision));
    active.activate('hr', String(revision));
  }
  assert.deepEqual(await next(), ['hr 999', 'shop 999']);
  abort.abort();
  assert.equal(await next(), undefined);
});

test('changes that follow closely come together', async () => {
  const { active, abort, next } = watching([], ALL, 30);
  await next();
  active.activate('shop', '1');
  assert.deepEqual(await next(), ['shop 1']);
  const waiting = next();
  active.activate('shop', '2');
  await new Promise(setImmediate);
  active.activate('hr', '2');
  assert.deepEqual(await waiting, ['hr 2', 'shop 2']);
  abort.abort();
});

test('an abort ends the pause between two messages', async () => {
  const { active, abort, next } = watching([], ALL, 3_600_000);
  await next();
  active.activate('shop', '1');
  await next();
  const waiting = next();
  abort.abort();
  assert.equal(await waiting, undefined);
});

test('a stream that is closed or was aborted before leaves nothing behind', async () => {
  const closed = watching([]);
  await closed.next();
  await closed.stream.return?.(undefined);
  assert.equal(closed.active.listeners.size, 0);

  const aborted = watching([]);
  aborted.abort.abort();
  assert.deepEqual(await aborted.next(), []);
  assert.equal(await aborted.next(), undefined);
  assert.equal(aborted.active.listeners.size, 0);
});

test('a caller watches what it may ask', async () => {
  const own = watching([], SHOPPER);
  own.active.activate('hr', '1');
  own.active.activate('shop', '1');
  assert.deepEqual(await own.next(), ['shop 1']);
  own.active.activate('hr', '2');
  own.active.activate('shop', '2');
  assert.deepEqual(await own.next(), ['shop 2']);
  own.abort.abort();

  await assert.rejects(watching(['shop', 'hr'], SHOPPER).next(), { code: 'forbidden' });
  await assert.rejects(watching(['xx'], SHOPPER).next(), { code: 'forbidden' });
  await assert.rejects(watching(['xx']).next(), { code: 'unknown_policy_set' });
  await assert.rejects(watching([], LOCAL_PEER).next(), { code: 'unauthenticated' });
});

test('a request that cannot be read is refused', async () => {
  const method = watchRevisionMethod({
    authorize,
    active: new FakePolicySets(),
    policySets: [],
    minIntervalMs: 0,
    stopping: new AbortController().signal,
  });
  assert.equal(method.kind, 'server-stream');
  const stream = method.handler(Uint8Array.from([0x0a, 9]), callFrom(ALL));
  await assert.rejects(stream[Symbol.asyncIterator]().next(), { code: 'invalid_request' });
});
