import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakePolicySets } from '../../test/support/services.ts';
import type { PolicySetStatus } from '../observe/status.ts';
import { ServerReadiness } from './readiness.ts';

const setStatus = (name: string, ready: boolean): PolicySetStatus => ({
  name,
  ready,
  entrypoints: [],
  digest: '',
  bundles: [
    {
      name: 'policy',
      source: 'file:x',
      active: undefined,
      waiting: false,
      lastCheckedAtMs: undefined,
      lastError: undefined,
    },
  ],
});

/** Two policy sets, of which only `shop` is ready at first. */
function setUp() {
  const ready = { shop: true, hr: false };
  const active = new FakePolicySets();
  const readiness = new ServerReadiness(
    () => Object.entries(ready).map(([name, is]) => setStatus(name, is)),
    active,
  );
  return { active, ready, readiness };
}

test('one policy set that is not ready does not concern another', () => {
  const { ready, readiness } = setUp();
  assert.deepEqual(
    [readiness.ready(), readiness.readyFor('shop'), readiness.readyFor('hr'), readiness.readyFor('xx')],
    [false, true, false, undefined],
  );
  const missing = ['policy set hr: bundle policy is not active'];
  assert.deepEqual(
    [readiness.reasons(), readiness.reasons('hr'), readiness.reasons('shop')],
    [missing, missing, []],
  );
  ready.hr = true;
  assert.deepEqual([readiness.ready(), readiness.readyFor('hr')], [true, true]);
});

test('watchers hear of a policy set also while another keeps the server from being ready', () => {
  const { active, ready, readiness } = setUp();
  const seen: unknown[] = [];
  const stop = readiness.onChange(() => seen.push(readiness.readyFor('shop')));
  ready.shop = false;
  active.remove('shop');
  ready.shop = true;
  active.activate('shop', '2');
  assert.deepEqual(seen, [false, true]);
  stop();
  active.activate('shop', '3');
  assert.equal(seen.length, 2);
});

test('a server that stops is ready for nobody', () => {
  const { readiness } = setUp();
  const seen: unknown[] = [];
  readiness.onChange(() => seen.push(readiness.readyFor('shop')));
  readiness.stop();
  assert.deepEqual(seen, [false]);
  assert.ok(readiness.stopping.aborted);
  assert.deepEqual(
    [readiness.ready(), readiness.reasons(), readiness.reasons('shop'), readiness.readyFor('xx')],
    [false, ['the server is stopping'], ['the server is stopping'], undefined],
  );
});
