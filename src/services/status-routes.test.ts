import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callFrom, certified, httpRequest, LOCAL_CALL } from '../../test/support/services.ts';
import type { PolicySetStatus } from '../observe/status.ts';
import type { CallContext } from '../rpc.ts';
import { allowEveryone, createAuthorizer } from './authorize.ts';
import { statusRoutes } from './status-routes.ts';

const SHOP: PolicySetStatus = {
  name: 'shop',
  ready: true,
  entrypoints: ['shop/allow'],
  digest: 'cd',
  bundles: [
    {
      name: 'policy',
      source: 'file:shop.tar.gz',
      active: { revision: 'r7', sequence: 7, archiveDigest: 'ab', activatedAtMs: 90_000, restored: false },
      waiting: false,
      lastCheckedAtMs: 100_000,
      lastError: { code: 'signature_invalid', message: 'why', atMs: 99_750, attempts: 3 },
    },
  ],
};
const HR: PolicySetStatus = {
  name: 'hr',
  ready: false,
  entrypoints: [],
  digest: '',
  bundles: [
    {
      name: 'b',
      source: 'file:x',
      active: undefined,
      waiting: true,
      lastCheckedAtMs: undefined,
      lastError: undefined,
    },
  ],
};

async function get(path: string, authorize = allowEveryone, call: CallContext = LOCAL_CALL) {
  const routes = statusRoutes({
    authorize,
    clock: { wallMs: () => 100_000, monotonicMs: () => 0 },
    status: () => ({ ready: false, version: '1.2.3', startedAtMs: 110_000, policySets: [SHOP, HR] }),
    metrics: async () => '# HELP x\n',
  });
  return routes.find((route) => route.path === path)!.handler(httpRequest(path), call);
}

test('/v1/status tells what is active, with ages in seconds', async () => {
  const { status, headers, body } = await get('/v1/status');
  assert.deepEqual([status, headers?.['content-type']], [200, 'application/json']);
  assert.deepEqual(JSON.parse(String(body)), {
    ready: false,
    version: '1.2.3',
    // The wall clock was set back after the start.
    uptime_seconds: 0,
    policy_sets: [
      {
        name: 'shop',
        ready: true,
        entrypoints: ['shop/allow'],
        digest: 'cd',
        bundles: [
          {
            name: 'policy',
            source: 'file:shop.tar.gz',
            active: { revision: 'r7', sequence: 7, archive_digest: 'ab', age_seconds: 10, restored: false },
            waiting: false,
            last_checked_age_seconds: 0,
            last_error: { code: 'signature_invalid', message: 'why', attempts: 3, age_seconds: 0.25 },
          },
        ],
      },
      {
        name: 'hr',
        ready: false,
        entrypoints: [],
        digest: '',
        bundles: [
          {
            name: 'b',
            source: 'file:x',
            active: null,
            waiting: true,
            last_checked_age_seconds: null,
            last_error: null,
          },
        ],
      },
    ],
  });
});

test('/metrics gives the text as it is', async () => {
  const { status, headers, body } = await get('/metrics');
  assert.deepEqual(
    [status, headers?.['content-type'], body],
    [200, 'text/plain; version=0.0.4; charset=utf-8', '# HELP x\n'],
  );
});

test('a client sees its own policy sets, and metrics only when it may ask all', async () => {
  const authorize = createAuthorizer({
    hr: { dns: ['hr'], policySets: ['hr'] },
    all: { dns: ['all'], methods: ['health'] },
    blind: { dns: ['blind'], methods: ['check'] },
  });
  const by = (name: string): CallContext => callFrom(certified({ dnsNames: [name] }));
  const names = async (name: string): Promise<string[]> => {
    const { body } = await get('/v1/status', authorize, by(name));
    return (JSON.parse(String(body)) as { policy_sets: { name: string }[] }).policy_sets.map(
      (set) => set.name,
    );
  };
  assert.deepEqual(await names('hr'), ['hr']);
  assert.deepEqual(await names('all'), ['shop', 'hr']);
  assert.equal((await get('/metrics', authorize, by('all'))).status, 200);
  for (const path of ['/v1/status', '/metrics']) {
    await assert.rejects(get(path, authorize, by('blind')), { code: 'forbidden' });
    await assert.rejects(get(path, authorize), { code: 'unauthenticated' });
  }
  await assert.rejects(get('/metrics', authorize, by('hr')), { code: 'forbidden' });
});
