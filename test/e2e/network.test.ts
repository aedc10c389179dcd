// needs: opa
/** Policies that ask the network, in a server: answers, the log, and everyone else while a host is silent. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, type TestContext, test } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type Decision,
  DecisionService,
  type QuestionSchema,
  Status,
} from '../../src/gen/portcullis/v1/decision_pb.ts';
import { type Origin, startOrigin } from '../support/http-send-origin.ts';
import { ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer, withManifest } from '../support/signed-bundles.ts';

const ASKING = `package asking

# METADATA
# entrypoint: true
default decision := {"allowed": false}

decision := {"allowed": answer.body.url == input.path} if {
	answer := http.send({"method": "get", "url": concat("", [input.origin, input.path]), "headers": {"authorization": "SECRET"}, "timeout": "1m"})
}

decision := {"allowed": "127.0.0.1" in net.lookup_ip_addr(input.name)} if input.name
`;

const PLAIN = `package plain

# METADATA
# entrypoint: true
decision := {"allowed": input.role == "admin"}
`;

const signer = new Signer('test');
const archives = new Map<string, Uint8Array>();

before(async () => {
  for (const [name, policy] of Object.entries({ asking: ASKING, plain: PLAIN })) {
    const files = withManifest(await bundleOf({ [`${name}.rego`]: policy }), (manifest) => {
      manifest.revision = 'v1';
      manifest.roots = [name];
    });
    archives.set(name, await signer.archive(files));
  }
});

const CONFIG = `stateDir: state
grpc: { address: 127.0.0.1:0 }
http: { address: 127.0.0.1:0 }
logging: { level: silent }
decisionLog: { sinks: [{ type: file, path: decisions.jsonl }] }
limits: { maxDeadline: 1s }
keys: { test: { file: key.pem } }
policySets:
  asking: { bundles: { policy: { source: file:bundles/asking.tar.gz, verification: { keys: [test] } } } }
  plain: { bundles: { policy: { source: file:bundles/plain.tar.gz, verification: { keys: [test] } } } }
`;

interface Running {
  readonly site: ServerSite;
  readonly origin: Origin;
  readonly ask: (policySet: string, input: unknown) => Promise<Decision>;
  readonly status: () => string;
}

async function running(t: TestContext, network: (port: number) => string): Promise<Running> {
  const origin = await startOrigin(t);
  const config = `${CONFIG}${network(origin.port)}`;
  const site = await ServerSite.create(t, config, { 'key.pem': signer.publicKeyPem });
  for (const [name, archive] of archives) await site.publish(`bundles/${name}.tar.gz`, archive);
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  return {
    site,
    origin,
    ask: async (policySet, input) => {
      const question: MessageInitShape<typeof QuestionSchema> = {
        policySet,
        input: { case: 'json', value: Buffer.from(JSON.stringify(input)) },
      };
      return (await client.call(DecisionService.method.check, { question }, 60_000)).decision!;
    },
    status: () => JSON.stringify(server.status().policySets),
  };
}

const listed = (port: number): string =>
  `network: { hosts: { local: { host: 127.0.0.1, schemes: [http], ports: [${port}] } }, lookups: [localhost] }\n`;

test('a policy gets answers of listed hosts only, and the log shows no secrets', async (t) => {
  const { ask, origin, site } = await running(t, listed);
  const at = `http://127.0.0.1:${origin.port}`;
  const asked = await ask('asking', { origin: at, path: '/echo' });
  assert.deepEqual([asked.status, asked.cached], [Status.ALLOWED, false]);
  // What depends on the network is asked for each time.
  assert.equal((await ask('asking', { origin: at, path: '/echo' })).cached, false);
  assert.deepEqual(origin.seen, ['GET /echo', 'GET /echo']);
  assert.equal((await ask('asking', { origin: 'http://127.0.0.2:1', path: '/echo' })).status, Status.DENIED);
  assert.equal((await ask('asking', { name: 'localhost' })).status, Status.ALLOWED);
  assert.equal((await ask('asking', { name: 'other.example' })).status, Status.DENIED);
  const log = await until(
    () => readFile(site.path('decisions.jsonl'), 'utf8'),
    (text) => text.split('\n').length > 5,
  );
  assert.match(log, /nd_builtin_cache.*http\.send.*\/echo/);
  assert.match(log, /disallowed host: 127\.0\.0\.2/);
  assert.doesNotMatch(log, /SECRET/);
});

test('while a host is silent, others are answered; at the deadline the answer is a denial', async (t) => {
  const { ask, origin } = await running(t, listed);
  const at = `http://127.0.0.1:${origin.port}`;
  let waiting = true;
  const silent = ask('asking', { origin: at, path: '/hang' }).finally(() => (waiting = false));
  await until(
    () => origin.seen.length,
    (count) => count > 0,
  );
  const others = await Promise.all(
    Array.from({ length: 50 }, (_, n) => ask('plain', { role: n % 2 === 0 ? 'admin' : 'user', n })),
  );
  assert.ok(waiting);
  assert.equal(others.filter(({ status }) => status === Status.ALLOWED).length, 25);
  assert.deepEqual([(await silent).status, (await silent).allowed], [Status.TIMEOUT, false]);
  assert.equal((await ask('asking', { origin: at, path: '/echo' })).status, Status.ALLOWED);
});

test('without hosts a bundle that asks the network is refused, and told how to have it', async (t) => {
  const { ask, status } = await running(t, () => '');
  assert.equal((await ask('plain', { role: 'admin' })).status, Status.ALLOWED);
  assert.equal((await ask('asking', { name: 'localhost' })).status, Status.NOT_READY);
  assert.match(status(), /http\.send, net\.lookup_ip_addr; .*where `network` in the configuration/);
});
