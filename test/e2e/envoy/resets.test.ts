// needs: opa, envoy
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { openConnection } from '../../contract/http-client.ts';
import { type Envoy, startEnvoy } from '../../support/envoy.ts';
import { ask, written } from '../../support/envoy-client.ts';
import { asking, bootstrap, cluster, listener, PDP, UPSTREAM } from '../../support/envoy-config.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import { ServerSite } from '../../support/server-site.ts';
import { bundleOf, Signer } from '../../support/signed-bundles.ts';
import { until } from '../../support/until.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

const REQUESTS = 1000;

/** Some milliseconds of work for each path, of which no other answer can be kept; a second or more for `/slow`. */
const POLICY = `package work

rounds := {"slow": 200}

# METADATA
# entrypoint: true
allow if count([x |
	some i in numbers.range(1, object.get(rounds, input.parsed_path[0], 2))
	some x in numbers.range(1, 10000)
	x == i
]) < count(input.attributes.request.http.path) * 1000
`;

const CONFIG = `stateDir: state
grpc: { address: 127.0.0.1:0, limits: { resetBurst: 1500, resetsPerSecond: 1 } }
http: false
keys: { test: { file: key.pem } }
policySets: { work: { bundles: { policy: { source: file:work.tar.gz, verification: { keys: [test] } } } } }
decisionLog: { sinks: [{ type: file, path: decisions.jsonl }] }
extAuthz: {}
`;

const cleanups: (() => unknown)[] = [];
let site: ServerSite;
let server: ServerProcess;
let upstream: Upstream;
let envoy: Envoy;
before(async () => {
  const signer = new Signer('test');
  site = await ServerSite.create({ after: (act) => cleanups.push(act) }, CONFIG, {
    'key.pem': signer.publicKeyPem,
    'work.tar.gz': await signer.archive(await bundleOf({ 'work.rego': POLICY })),
  });
  server = await startServerProcess(site.configFile);
  site.cleanup(() => server.kill());
  upstream = await startUpstream();
  site.cleanup(() => upstream.stop());
  const port = Number(server.addresses.grpc!.split(':')[1]);
  const clusters = [cluster(PDP, port, { http2: true }), cluster(UPSTREAM, upstream.port)];
  const impatient = { ...asking(PDP, { timeout: '0.2s' }), status_on_error: { code: 503 } };
  envoy = await startEnvoy(
    bootstrap([listener('front'), listener('impatient', { authz: impatient })], clusters),
  );
  site.cleanup(() => envoy.stop());
});
after(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

test('a policy that takes longer than Envoy waits is a closed door, and does no harm', async () => {
  const slow = await ask(envoy.port('impatient'), { path: '/slow', tag: 'slow' });
  assert.equal(slow.status, 503);
  assert.equal((await envoy.logged('slow')).details, 'ext_authz_error');
  assert.equal(upstream.count(), 0);
  assert.equal((await ask(envoy.port('front'), { path: '/quick' })).status, 200);
});

const asked = (): Promise<number> => envoy.counter('cluster.portcullis.upstream_rq_total');
const connections = (): Promise<number> => envoy.counter('cluster.portcullis.upstream_cx_total');

/** As many clients as the budget of resets nearly allows, which all leave while their checks wait. */
async function storm(): Promise<void> {
  const before = await asked();
  const sockets = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, n) => {
      const socket = await openConnection({ kind: 'tcp', host: '127.0.0.1', port: envoy.port('front') });
      socket.write(Buffer.concat(written({ path: `/storm/${n}` })));
      return socket;
    }),
  );
  await until(asked, (count) => count - before >= REQUESTS);
  for (const socket of sockets) socket.destroy();
}

test(`${REQUESTS} clients that leave while their checks wait do no harm, and every check is logged`, async () => {
  const logged = async (): Promise<string[]> => {
    const lines = (await readFile(site.path('decisions.jsonl'), 'utf8')).split('\n').slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { custom: { status: string } }).custom.status);
  };
  // Those of the test before: lines are written a moment after the answer.
  const { length: earlier } = await until(logged, (lines) => lines.length === 2);
  await storm();

  // The same connection serves whoever comes next.
  assert.equal((await ask(envoy.port('front'), { path: '/after' })).status, 200);
  assert.equal(await connections(), 1);

  const all = await until(logged, (lines) => lines.length - earlier >= REQUESTS + 1);
  const statuses = all.slice(earlier);
  assert.equal(statuses.length, REQUESTS + 1);
  assert.deepEqual([...new Set(statuses)].sort(), ['allowed', 'cancelled']);
});

test('beyond the budget of resets the connection is closed, and the next one serves', async () => {
  await storm();
  const [status] = await until(
    async () => [(await ask(envoy.port('front'), { path: '/after' })).status, await connections()] as const,
    ([seen, count]) => seen === 200 && count > 1,
  );
  assert.equal(status, 200);
  assert.equal(await server.stop(), 0);
});
