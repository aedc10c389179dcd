// needs: opa, envoy, openssl
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { type Authority, createAuthority, type Issued } from '../../contract/certificates.ts';
import { ask } from '../../support/envoy-client.ts';
import { asking, type Block, cluster, listener } from '../../support/envoy-config.ts';
import { LoadClient, repeat } from '../../support/envoy-load.ts';
import { type Stage, startStage } from '../../support/envoy-stage.ts';
import { until } from '../../support/until.ts';

const GATEWAY = 'spiffe://prod/ns/edge/sa/gateway';
const POLICY = `package gate

# METADATA
# entrypoint: true
open := input.parsed_path[0] == "open"
`;
const SERVER_FILES = 'certFile: server.crt, keyFile: server.key';

let folder: string;
let server: Issued;
let authority: Authority;
let foreignFile: string;
/** What Envoy shows; undefined for nothing. */
const shown: Record<string, Issued | undefined> = { nobody: undefined };
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-certificates-'));
  authority = await createAuthority(folder, 'authority');
  const foreign = await createAuthority(folder, 'foreign');
  foreignFile = foreign.certFile;
  server = await authority.issue('server', ['DNS:portcullis.internal']);
  shown['gateway'] = await authority.issue('gateway', [`URI:${GATEWAY}`]);
  shown['edge'] = await authority.issue('edge', ['DNS:edge.internal']);
  shown['reader'] = await authority.issue('reader', ['DNS:reader.internal']);
  shown['tenant'] = await authority.issue('tenant', ['DNS:tenant.internal']);
  shown['stranger'] = await authority.issue('stranger', ['URI:spiffe://prod/ns/edge/sa/other']);
  shown['expired'] = await authority.issueExpired('expired', [`URI:${GATEWAY}`]);
  shown['foreign'] = await foreign.issue('foreigner', [`URI:${GATEWAY}`]);
});
after(() => rm(folder, { recursive: true, force: true }));

/** A cluster to Portcullis for each certificate, by its name, and a listener that asks through it. */
function pairs(): { listeners: Block[]; clusters: (port: number) => Block[] } {
  const names = Object.keys(shown);
  const tls = (name: string) => {
    const own = shown[name];
    return {
      caFile: authority.certFile,
      serverName: 'portcullis.internal',
      ...(own && { certFile: own.certFile, keyFile: own.keyFile }),
    };
  };
  return {
    listeners: names.map((name) =>
      listener(name, { authz: { ...asking(name), status_on_error: { code: 503 } } }),
    ),
    clusters: (port) => names.map((name) => cluster(name, port, { http2: true, tls: tls(name) })),
  };
}

async function staged(t: TestContext, options: Partial<Parameters<typeof startStage>[0]>): Promise<Stage> {
  const stage = await startStage({
    rego: { 'gate.rego': POLICY },
    files: { 'server.crt': server.cert, 'server.key': server.key },
    listeners: [],
    ...options,
  });
  t.after(() => stage.stop());
  return stage;
}

const get = (stage: Stage, where: string, path = '/open') =>
  ask(stage.envoy.port(where), { path, tag: `${where}${path}` });

test('over TLS Envoy knows whom it asks; another server or none at all is a closed door', async (t) => {
  const tls = { caFile: authority.certFile, serverName: 'portcullis.internal' };
  const clusters: Readonly<Record<string, (port: number) => Block>> = {
    right: (port) => cluster('right', port, { http2: true, tls }),
    'other name': (port) =>
      cluster('other name', port, { http2: true, tls: { ...tls, serverName: 'other.internal' } }),
    'other authority': (port) =>
      cluster('other authority', port, { http2: true, tls: { ...tls, caFile: foreignFile } }),
    'no tls': (port) => cluster('no tls', port, { http2: true }),
  };
  const stage = await staged(t, {
    grpc: `, tls: { ${SERVER_FILES} }`,
    listeners: Object.keys(clusters).map((name) => listener(name, { authz: asking(name) })),
    clusters: (port) => Object.values(clusters).map((make) => make(port)),
  });
  for (let round = 0; round < 2; round++) {
    assert.equal((await get(stage, 'right')).status, 200);
    assert.equal((await get(stage, 'right', '/shut')).status, 403);
    for (const where of Object.keys(clusters).slice(1))
      assert.equal((await get(stage, where)).status, 403, where);
  }
  assert.equal((await stage.envoy.logged('right/shut')).details, 'ext_authz_denied');
  assert.equal((await stage.envoy.logged('no tls/open')).details, 'ext_authz_error');
  assert.equal(stage.upstream.count(), 2);
});

test('over mutual TLS only those may ask who are told to, and Envoy closes the door for everyone else', async (t) => {
  const stage = await staged(t, {
    ...pairs(),
    grpc: `, tls: { ${SERVER_FILES}, clientCaFile: ca.crt }`,
    files: { 'server.crt': server.cert, 'server.key': server.key, 'ca.crt': authority.cert },
    extAuthz: '{ policySet: shop, errorStatus: 500 }',
    policySets:
      'other: { bundles: { policy: { source: file:bundles/shop.tar.gz, verification: { keys: [test] } } } }',
    config: `clients:
  gateway: { spiffe: [${GATEWAY}], policySets: [shop], methods: [ext_authz] }
  edge: { dns: [edge.internal], methods: [ext_authz] }
  reader: { dns: [reader.internal], methods: [check] }
  tenant: { dns: [tenant.internal], policySets: [other], methods: [ext_authz] }
`,
  });
  for (const where of ['gateway', 'edge']) {
    assert.equal((await get(stage, where)).status, 200, where);
    assert.equal((await get(stage, where, '/shut')).status, 403, where);
  }
  // An answer, so that no failure mode of Envoy opens the door.
  for (const where of ['nobody', 'reader', 'tenant', 'stranger', 'expired', 'foreign']) {
    assert.equal((await get(stage, where)).status, 500, where);
    assert.equal((await stage.envoy.logged(`${where}/open`)).details, 'ext_authz_denied', where);
  }
  assert.equal(stage.upstream.count(), 2);
});

const REQUESTS = 600;
/**
 * `retry_policy` of `envoy_grpc` would do nothing: Envoy heeds it for its own configuration servers only. `max_interval` is
 * also the time limit of each try.
 */
const RETRIES: Block = {
  retry_policy: {
    retry_on: 'refused-stream,connect-failure',
    num_retries: 10,
    retry_back_off: { base_interval: '0.005s', max_interval: '20s' },
  },
};
/** All questions of a connection may be refused at once; Envoy allows three retries at a time by default. */
const MANY_RETRIES: Block = { circuit_breakers: { thresholds: [{ max_retries: 100 }] } };

test('connections that reach their age are replaced and no request fails', async (t) => {
  const age = 'limits: { maxConnectionAge: 100ms, maxConnectionAgeGrace: 5s }';
  const tls = { caFile: authority.certFile, serverName: 'portcullis.internal' };
  const [plain, secured] = await Promise.all([
    staged(t, { grpc: `, ${age}`, listeners: [listener('plain')] }),
    // Under TLS a server can only say that it has closed a connection, so that questions on their way are refused: Envoy has to ask again.
    staged(t, {
      grpc: `, ${age}, tls: { ${SERVER_FILES} }`,
      listeners: [listener('tls', { authz: asking('tls', RETRIES) })],
      clusters: (port) => [cluster('tls', port, { http2: true, tls, fields: MANY_RETRIES })],
    }),
  ]);
  for (const [name, stage, connected] of [
    ['plain', plain, 'cluster.portcullis.upstream_cx_total'],
    ['tls', secured, 'cluster.tls.upstream_cx_total'],
  ] as const) {
    const client = new LoadClient(stage.envoy.port(name), 8);
    t.after(() => client.close());
    const wrong: string[] = [];
    let denied = 0;
    let enough = false;
    const turnover = until(
      () => stage.envoy.counter(connected),
      (connections) => connections > 4,
    ).finally(() => {
      enough = true;
    });
    await repeat(8, async (n) => {
      const [path, expected] = n % 3 === 0 ? ['/shut', 403] : ['/open', 200];
      const { status } = await client.get(path);
      if (status !== expected) wrong.push(`request ${n}: ${status}`);
      if (expected === 403) denied++;
      return !enough || n < REQUESTS;
    });
    await turnover;
    assert.deepEqual(wrong, [], name);
    assert.equal(await stage.envoy.counter('cluster.upstream.ext_authz.denied'), denied, name);
  }
});
