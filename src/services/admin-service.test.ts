import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { callFrom, certified, handlerOf, LOCAL_CALL } from '../../test/support/services.ts';
import { DecisionCache } from '../decision/cache.ts';
import { interpret } from '../decision/outcome.ts';
import type { CacheFigures, CacheRow } from '../decision/planes.ts';
import { PortcullisError } from '../errors.ts';
import {
  CacheOffReason,
  FlushCacheRequestSchema,
  FlushCacheResponseSchema,
  GetCacheRequestSchema,
  GetCacheResponseSchema,
  GetStatusRequestSchema,
  GetStatusResponseSchema,
  ReloadBundleRequestSchema,
  ReloadBundleResponseSchema,
  SetCacheRequestSchema,
  SetCacheResponseSchema,
} from '../gen/portcullis/v1/admin_pb.ts';
import type { BundleStatus } from '../observe/status.ts';
import { type AdminServiceParts, adminMethods } from './admin-service.ts';
import { allowEveryone, createAuthorizer } from './authorize.ts';

const ACTIVE: BundleStatus = {
  name: 'policy',
  source: 'file:shop.tar.gz',
  active: { revision: 'r7', sequence: 7, archiveDigest: 'ab', activatedAtMs: 1_500, restored: true },
  waiting: false,
  lastCheckedAtMs: 2_000,
  lastError: { code: 'signature_invalid', message: 'why', atMs: 2_250, attempts: 3 },
};
const NOTHING: BundleStatus = {
  name: 'data',
  source: 'file:data.tar.gz',
  active: undefined,
  waiting: true,
  lastCheckedAtMs: undefined,
  lastError: undefined,
};
const ROW: CacheRow = {
  policySet: 'shop',
  entrypoint: 'shop/allow',
  entries: 11,
  bytes: 12,
  hits: 13,
  misses: 14,
  evicted: { once: 15, again: 16, hot: 17 },
  uncacheable: { clock: 18 },
  offReason: 'difference',
  shadow: { checked: 19, differed: 20, failed: 21, skipped: 22 },
};
const ROW_JSON = {
  policySet: 'shop',
  entrypoint: 'shop/allow',
  offReason: 'CACHE_OFF_REASON_DIFFERENCE',
  entries: '11',
  bytes: '12',
  hits: '13',
  misses: '14',
  evictions: { once: '15', again: '16', hot: '17' },
  uncacheable: { clock: '18' },
  shadow: { checked: '19', differed: '20', failed: '21', skipped: '22' },
};
const FIGURES: CacheFigures = {
  enabled: true,
  entries: 1,
  bytes: 2,
  maxEntries: 3,
  maxBytes: 2 ** 40,
  hits: 5,
  misses: 6,
  evictions: 7,
  uncacheable: { clock: 8 },
  rows: [ROW],
};

function admin(overrides: Partial<AdminServiceParts> = {}) {
  const methods = adminMethods({
    authorize: allowEveryone,
    status: () => ({
      ready: false,
      version: '1.2.3',
      startedAtMs: 1_000,
      policySets: [
        { name: 'shop', ready: false, entrypoints: ['shop/allow'], digest: 'cd', bundles: [ACTIVE, NOTHING] },
      ],
    }),
    reload: async () => ({ changed: true, bundle: ACTIVE }),
    cache: { figures: () => FIGURES, flush: () => 42, turn: () => [ROW] },
    ...overrides,
  });
  return async <I extends DescMessage, O extends DescMessage>(
    name: string,
    input: I,
    output: O,
    request: MessageInitShape<I> = {} as MessageInitShape<I>,
    call = LOCAL_CALL,
  ): Promise<MessageShape<O>> => {
    const handler = handlerOf(methods, `/portcullis.v1.AdminService/${name}`, 'unary');
    return fromBinary(output, await handler(toBinary(input, create(input, request)), call));
  };
}

test('GetStatus tells all there is, and leaves out what there is not', async () => {
  const message = await admin()('GetStatus', GetStatusRequestSchema, GetStatusResponseSchema);
  assert.deepEqual(toJson(GetStatusResponseSchema, message), {
    version: '1.2.3',
    startedAt: '1970-01-01T00:00:01Z',
    policySets: [
      {
        name: 'shop',
        entrypoints: ['shop/allow'],
        digest: 'cd',
        bundles: [
          {
            name: 'policy',
            source: 'file:shop.tar.gz',
            revision: 'r7',
            sequence: '7',
            archiveDigest: 'ab',
            activatedAt: '1970-01-01T00:00:01.500Z',
            lastCheckedAt: '1970-01-01T00:00:02Z',
            restored: true,
            lastError: {
              code: 'signature_invalid',
              message: 'why',
              at: '1970-01-01T00:00:02.250Z',
              attempts: 3,
            },
          },
          { name: 'data', source: 'file:data.tar.gz', waiting: true },
        ],
      },
    ],
  });
});

test('ReloadBundle reloads the bundle named, and fails as the reload does', async () => {
  const asked: unknown[] = [];
  const { signal } = LOCAL_CALL;
  const reload: AdminServiceParts['reload'] = async (...args) => {
    asked.push(args);
    return { changed: false, bundle: NOTHING };
  };
  const request = { policySet: 'shop', bundle: 'policy' };
  const call = admin({ reload });
  const message = await call('ReloadBundle', ReloadBundleRequestSchema, ReloadBundleResponseSchema, request);
  assert.deepEqual([message.changed, message.bundle?.name, message.bundle?.revision], [false, 'data', '']);
  assert.deepEqual(asked, [['shop', 'policy', signal]]);

  const failing = admin({
    reload: async () => Promise.reject(new PortcullisError('signature_invalid', 'why')),
  });
  await assert.rejects(
    failing('ReloadBundle', ReloadBundleRequestSchema, ReloadBundleResponseSchema, request),
    {
      code: 'signature_invalid',
    },
  );
});

test('GetCache tells the figures in all and by entrypoint', async () => {
  const figures = await admin()('GetCache', GetCacheRequestSchema, GetCacheResponseSchema);
  assert.deepEqual(toJson(GetCacheResponseSchema, figures), {
    enabled: true,
    entries: '1',
    bytes: '2',
    maxEntries: '3',
    maxBytes: String(2 ** 40),
    hits: '5',
    misses: '6',
    evictions: '7',
    uncacheable: { clock: '8' },
    entrypoints: [ROW_JSON],
  });
});

test('FlushCache and SetCache act on a real cache: everything, a policy set or an entrypoint', async () => {
  const cache = new DecisionCache({
    enabled: true,
    maxBytes: 1_000_000,
    maxEntries: 100,
    maxAgeMs: 1000,
  });
  const parts = [
    ['shop', 'a'],
    ['shop', 'b'],
    ['store', 'a'],
  ].map(([policySet, entrypoint]) => cache.entrypoint(policySet!, entrypoint!));
  const fill = () => {
    for (const part of parts) part.answers('').set('key', interpret('true'), { fromMs: 0, untilMs: 1 });
  };
  const call = admin({ cache });
  const table = [
    { scope: {}, meant: 3 },
    { scope: { policySet: 'shop' }, meant: 2 },
    { scope: { policySet: 'shop', entrypoint: 'b' }, meant: 1 },
  ];
  for (const { scope, meant } of table) {
    fill();
    const flushed = await call('FlushCache', FlushCacheRequestSchema, FlushCacheResponseSchema, scope);
    assert.equal(flushed.entries, BigInt(meant));
    for (const enabled of [false, true]) {
      const { entrypoints } = await call('SetCache', SetCacheRequestSchema, SetCacheResponseSchema, {
        ...scope,
        enabled,
      });
      const reason = enabled ? CacheOffReason.UNSPECIFIED : CacheOffReason.OPERATOR;
      assert.equal(entrypoints.length, meant);
      for (const row of entrypoints) assert.deepEqual([row.enabled, row.offReason], [enabled, reason]);
      assert.equal(parts.filter(({ offReason }) => offReason !== undefined).length, enabled ? 0 : meant);
    }
  }
  const turn = async (request: MessageInitShape<typeof SetCacheRequestSchema>): Promise<unknown> =>
    call('SetCache', SetCacheRequestSchema, SetCacheResponseSchema, request);
  await assert.rejects(turn({ policySet: 'nobody', enabled: true }), { code: 'not_found' });
  await assert.rejects(turn({ entrypoint: 'a', enabled: false }), { code: 'invalid_request' });
  for (const scope of [{}, { policySet: 'shop' }])
    await assert.rejects(turn(scope), { code: 'invalid_request' }, 'neither on nor off');
  assert.ok(parts.every(({ offReason }) => offReason === undefined));
});

test('nothing is done for a caller who may not administer, or a request that cannot be read', async () => {
  let flushed = 0;
  const cache = { figures: () => FIGURES, flush: () => ++flushed, turn: () => [ROW] };
  const authorize = createAuthorizer({ shopper: { dns: ['shopper'] } });
  const shopper = callFrom(certified({ dnsNames: ['shopper'] }));
  await assert.rejects(
    admin({ authorize, cache })('FlushCache', FlushCacheRequestSchema, FlushCacheResponseSchema, {}, shopper),
    { code: 'forbidden' },
  );
  const methods = adminMethods({
    authorize: allowEveryone,
    cache,
    status: () => assert.fail(),
    reload: () => assert.fail(),
  });
  const flush = handlerOf(methods, '/portcullis.v1.AdminService/FlushCache', 'unary');
  await assert.rejects(async () => flush(Uint8Array.from([0x0a, 9]), LOCAL_CALL), {
    code: 'invalid_request',
  });
  assert.equal(flushed, 0);
});
