// needs: opa, envoy
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { ask, valuesOf } from '../../support/envoy-client.ts';
import { asking, type Block, cluster, listener } from '../../support/envoy-config.ts';
import { portOf, type Stage, startStage } from '../../support/envoy-stage.ts';
import { until } from '../../support/until.ts';

/** `/clash` is a conflict, which no policy means. */
const POLICY = `package gate

# METADATA
# entrypoint: true
decision if input.parsed_path[0] in {"open", "clash"}

decision := false if input.parsed_path[0] in {"shut", "clash"}
`;

const STATUS_ON_ERROR = { status_on_error: { code: 503 } };
const OPEN = { failure_mode_allow: true, failure_mode_allow_header_add: true };
const LISTENERS: readonly Block[] = [
  listener('front', { authz: STATUS_ON_ERROR }),
  listener('default'),
  listener('open', { authz: OPEN }),
];

let stage: Stage;
let erring: Stage;
let silent: Http2Server;
let streams = 0;
before(async () => {
  silent = createServer();
  // Takes every question and answers none.
  silent.on('stream', (stream) => {
    streams++;
    stream.on('error', () => {});
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const clusters = [cluster('silent', (silent.address() as AddressInfo).port, { http2: true })];
  const rego = { 'gate.rego': POLICY };
  [stage, erring] = await Promise.all([
    startStage({
      rego,
      extAuthz: '{ errorStatus: 500 }',
      listeners: [
        ...LISTENERS,
        listener('slow', { authz: { ...STATUS_ON_ERROR, ...asking('silent', { timeout: '0.2s' }) } }),
      ],
      clusters,
    }),
    startStage({ rego, extAuthz: '{ onError: error, errorStatus: 500 }', listeners: LISTENERS }),
  ]);
});
after(async () => {
  silent?.close();
  await Promise.all([stage?.stop(), erring?.stop()]);
});

let asked = 0;
/** Status, what Envoy says of it, and whether the upstream was reached. */
async function get(of: Stage, where: string, path: string): Promise<[number, string | null, boolean]> {
  const tag = `request ${asked++}`;
  const { status, seen } = await ask(of.envoy.port(where), { path, tag });
  return [status, (await of.envoy.logged(tag)).details, seen !== undefined];
}

test('a policy that fails denies by default, whatever the failure mode', async () => {
  for (const where of ['front', 'default', 'open'])
    assert.deepEqual(await get(stage, where, '/clash'), [500, 'ext_authz_denied', false], where);
});

test("with onError: error the failure is Envoy's to handle, and a denial stays one", async () => {
  assert.deepEqual(await get(erring, 'front', '/clash'), [503, 'ext_authz_error', false]);
  assert.deepEqual(await get(erring, 'default', '/clash'), [403, 'ext_authz_error', false]);
  assert.deepEqual(await get(erring, 'open', '/clash'), [200, 'via_upstream', true]);
  for (const where of ['front', 'default', 'open'])
    for (const path of ['/shut', '/undefined'])
      assert.deepEqual(await get(erring, where, path), [403, 'ext_authz_denied', false], `${where} ${path}`);
  assert.deepEqual(await get(erring, 'front', '/open'), [200, 'via_upstream', true]);
});

test('a decision point that does not answer in time is a closed door', async () => {
  const count = stage.upstream.count();
  assert.deepEqual(await get(stage, 'slow', '/open'), [503, 'ext_authz_error', false]);
  assert.equal(streams, 1);
  assert.equal(stage.upstream.count(), count);
});

test('while it is down the door is closed; when it is back it opens', async (t) => {
  const port = portOf(stage.server);
  assert.deepEqual(await get(stage, 'front', '/open'), [200, 'via_upstream', true]);
  await stage.server.stop();
  for (const path of ['/open', '/shut']) {
    assert.deepEqual(await get(stage, 'front', path), [503, 'ext_authz_error', false]);
    assert.deepEqual(await get(stage, 'default', path), [403, 'ext_authz_error', false]);
  }
  // Only an operator's failure_mode_allow opens it, and the upstream is told.
  const { seen } = await ask(stage.envoy.port('open'), { path: '/shut' });
  assert.deepEqual(valuesOf(seen!.headers, 'x-envoy-auth-failure-mode-allowed'), ['true']);

  const again = await stage.site.start({ PORTCULLIS_GRPC_ADDRESS: `127.0.0.1:${port}` });
  t.after(() => again.stop());
  const [status] = await until(
    () => get(stage, 'front', '/open'),
    ([seenStatus]) => seenStatus === 200,
  );
  assert.equal(status, 200);
  assert.deepEqual(await get(stage, 'front', '/shut'), [403, 'ext_authz_denied', false]);
});

test('started without its bundles it denies, also an open-minded Envoy, until it has a policy', async (t) => {
  const bare = await startStage({ rego: { 'gate.rego': POLICY }, withoutBundle: true, listeners: LISTENERS });
  t.after(() => bare.stop());
  for (const where of ['front', 'open'])
    assert.deepEqual(await get(bare, where, '/open'), [403, 'ext_authz_denied', false], where);
  await bare.publish();
  await until(
    () => get(bare, 'front', '/open'),
    ([status]) => status === 200,
  );
  assert.deepEqual(await get(bare, 'open', '/shut'), [403, 'ext_authz_denied', false]);
});
