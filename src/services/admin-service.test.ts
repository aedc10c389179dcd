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
import type { CacheFigures } from '../decision/planes.ts';
import { PortcullisError } from '../errors.ts';
import {
  FlushCacheRequestSchema,
  FlushCacheResponseSchema,
  GetCacheRequestSchema,
  GetCacheResponseSchema,
  GetStatusRequestSchema,
  GetStatusResponseSchema,
  ReloadBundleRequestSchema,
  ReloadBundleResponseSchema,
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
  rows: [],
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
    cache: { figures: () => FIGURES, flush: () => 42, turn: () => undefined },
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

test('GetCache and FlushCache', async () => {
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
  });
  assert.equal((await admin()('FlushCache', FlushCacheRequestSchema, FlushCacheResponseSchema)).entries, 42n);
});

test('nothing is done for a caller who may not administer, or a request that cannot be read', async () => {
  let flushed = 0;
  const cache = { figures: () => FIGURES, flush: () => ++flushed, turn: () => undefined };
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
