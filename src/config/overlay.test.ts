import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Given, load, mistakes, SETS } from '../../test/support/config.ts';
import { variableName } from './overlay.ts';
import { scalarFields } from './schema-tree.ts';

test('flags go before the environment, the environment before the file, the file before defaults', async () => {
  const yaml = `${SETS}\ncache: { maxAge: 1m }`;
  const environment = { PORTCULLIS_CACHE_MAX_AGE: '2m' };
  const table: [Given, number, string][] = [
    [{}, 3_600_000, 'default'],
    [{ yaml }, 60_000, '/etc/pc/portcullis.yaml:2:10'],
    [{ yaml, environment }, 120_000, 'PORTCULLIS_CACHE_MAX_AGE'],
    [{ yaml, environment: { PORTCULLIS_CACHE_MAX_AGE: '' } }, 60_000, '/etc/pc/portcullis.yaml:2:10'],
    [{ yaml, environment, set: ['cache.maxAge=3m'] }, 180_000, '--set cache.maxAge'],
    [{ yaml, environment, set: ['cache.maxAge=3m', 'cache={maxAge: 4m}'] }, 240_000, '--set cache'],
  ];
  for (const [given, maxAge, origin] of table) {
    const loaded = await load(given);
    assert.equal(loaded.config.cache.maxAge, maxAge, origin);
    assert.equal(loaded.origin(['cache', 'maxAge']), origin);
  }
});

test('overlays set scalars of every kind, lists and maps', async () => {
  const { config } = await load({
    environment: {
      PORTCULLIS_HTTP: 'false',
      PORTCULLIS_CACHE_ENABLED: 'false',
      PORTCULLIS_LIMITS_MAX_INPUT_DEPTH: '7',
      PORTCULLIS_LIMITS_BUNDLE_MAX_FILE_BYTES: '1KiB',
      PORTCULLIS_STATE_DIR: 'state',
      PORTCULLIS_GRPC_ADDRESS: '[::1]:5',
    },
    set: [
      'runtime.env=[A, B]',
      'decisionLog.sinks.0.type=file',
      'decisionLog.sinks.0.path=log/a.json',
      'decisionLog.labels.zone=1e3',
      'policySets.shop.bundles.policy.source=file:b',
    ],
    yaml: `${SETS}\ndecisionLog: { sinks: [{ type: stdout }] }`,
  });
  assert.equal(config.http, false);
  assert.equal(config.cache.enabled, false);
  assert.equal(config.limits.maxInputDepth, 7);
  assert.equal(config.limits.bundle.maxFileBytes, 1024);
  assert.deepEqual(config.grpc.address, { kind: 'tcp', host: '::1', port: 5 });
  assert.deepEqual(config.runtime.env, ['A', 'B']);
  assert.equal(config.decisionLog.labels['zone'], '1e3');
  // Relative to the working folder, not to the file's.
  assert.equal(config.stateDir, '/work/state');
  assert.deepEqual(config.decisionLog.sinks, [{ type: 'file', path: '/work/log/a.json', input: 'whole' }]);
  assert.deepEqual(config.policySets['shop']?.bundles['policy']?.source, { kind: 'file', path: '/work/b' });
});

test('flags that are no assignments are refused', async () => {
  for (const flag of ['cache', '=1', 'a..b=1', '__proto__.x=1', 'grpc.=1']) {
    assert.match(await mistakes({ set: [flag] }), /write path=value/, flag);
  }
});

test('unknown variables warn, those that others set do not', async () => {
  const { warnings } = await load({
    environment: {
      PORTCULLIS_GRPC_ADRESS: 'x',
      PORTCULLIS_CONFIG: 'x',
      PORTCULLIS_OPA: 'x',
      PORTCULLIS_SERVICE_HOST: '10.0.0.1',
      PORTCULLIS_PORT_9191_TCP_ADDR: '10.0.0.1',
      OTHER: 'x',
    },
  });
  assert.deepEqual(warnings, ['PORTCULLIS_GRPC_ADRESS sets nothing; did you mean PORTCULLIS_GRPC_ADDRESS?']);
});

test('every variable sets one field', () => {
  const names = scalarFields().map((field) => variableName(field.path));
  assert.ok(names.length > 40);
  assert.equal(new Set(names).size, names.length);
});
