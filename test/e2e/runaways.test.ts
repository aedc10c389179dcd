// needs: opa
import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { RunningServer } from '../../src/app.ts';
import {
  type Decision,
  DecisionService,
  type QuestionSchema,
  Status,
} from '../../src/gen/portcullis/v1/decision_pb.ts';
import type { GrpcClient } from '../support/grpc-client.ts';
import { QUIET_CONFIG, ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer, withFile, withManifest } from '../support/signed-bundles.ts';

/** `loop` works for the square of a number, `regex` has the host search a text; everything else is quick. */
const POLICY = `package work

# METADATA
# entrypoint: true
default decision := {"allowed": false}

decision := {"allowed": input.role in data.roles, "version": data.version} if input.role

decision := {"allowed": n == input.loop, "version": data.version} if {
	n := count([1 | some i in numbers.range(1, input.loop); some j in numbers.range(1, input.loop); i == j])
}

decision := {"allowed": true} if regex.find_n("a.*b|a", input.regex, -1)
`;

const signer = new Signer('test');
const archives: Uint8Array[] = [];
before(async () => {
  const files = await bundleOf({ 'work.rego': POLICY });
  for (const version of [1, 2]) {
    const data = withFile(files, 'data.json', JSON.stringify({ version, roles: ['admin'] }));
    const stamped = withManifest(data, (manifest) => {
      manifest.revision = `v${version}`;
      manifest.roots = [''];
      manifest.metadata.portcullis!.sequence = version;
    });
    archives.push(await signer.archive(stamped));
  }
});

const SETS = `keys: { test: { file: key.pem } }
policySets:
  work: { bundles: { policy: { source: file:bundles/work.tar.gz, verification: { keys: [test] } } } }
`;

interface Running {
  readonly site: ServerSite;
  readonly server: RunningServer;
  readonly client: GrpcClient;
}

async function running(t: TestContext, limits: string): Promise<Running> {
  const site = await ServerSite.create(t, `${QUIET_CONFIG}${SETS}${limits}`, {
    'key.pem': signer.publicKeyPem,
  });
  await site.publish('bundles/work.tar.gz', archives[0]!);
  const server = await site.start();
  return { site, server, client: site.client(server.addresses.grpc) };
}

const asked = (input: unknown): MessageInitShape<typeof QuestionSchema> => ({
  input: { case: 'json', value: Buffer.from(JSON.stringify(input)) },
});

const check = async ({ client }: Running, input: unknown): Promise<Decision> => {
  const { decision } = await client.call(DecisionService.method.check, { question: asked(input) }, 60_000);
  return decision!;
};

/** A metric's value, all labels together. */
async function metric({ server }: Running, name: string): Promise<number> {
  const address = server.addresses.http as { host: string; port: number };
  const page = await (await fetch(`http://${address.host}:${address.port}/metrics`)).text();
  const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('policies that run away are denied at their deadline; everyone else is answered, and rightly', async (t) => {
  const server = await running(t, 'limits: { maxDeadline: 900ms }\n');
  const runaways = [3001, 3002, 3003].map((loop) => check(server, { loop: loop * 10 }));
  const others = Array.from({ length: 60 }, (_, n) =>
    check(server, { role: n % 2 === 0 ? 'admin' : 'user', n }),
  );
  for (const [n, other] of (await Promise.all(others)).entries()) {
    assert.equal(other.status, n % 2 === 0 ? Status.ALLOWED : Status.DENIED);
  }
  for (const runaway of await Promise.all(runaways)) {
    assert.deepEqual([runaway.status, runaway.allowed], [Status.TIMEOUT, false]);
  }
  assert.ok((await metric(server, 'portcullis_evaluations_interrupted_total')) >= 3);
  // What takes longer than a slice and ends in time is an answer like any other, in whatever order the answers come.
  const slow = check(server, { loop: 400 });
  assert.equal((await check(server, { role: 'admin' })).status, Status.ALLOWED);
  assert.equal((await slow).status, Status.ALLOWED);
  assert.equal((await check(server, { loop: 400 })).cached, true);
});

test('a builtin that runs past the deadline costs its thread, which is replaced', async (t) => {
  const server = await running(t, 'limits: { maxDeadline: 100ms }\nevaluation: { slice: 1ms }\n');
  const text = 'a'.repeat(100_000);
  // The first searches happen in the serving thread; from then on their entrypoint is kept away from there.
  for (const n of [1, 2])
    assert.equal((await check(server, { regex: `${text}${n}` })).status, Status.TIMEOUT);
  let n = 3;
  await until(
    async () => {
      assert.equal((await check(server, { regex: `${text}${n++}` })).status, Status.TIMEOUT);
      return metric(server, 'portcullis_policy_threads_lost_total');
    },
    (lost) => lost > 0,
  );
  await until(
    async () => (await check(server, { role: 'admin' })).status,
    (status) => status === Status.ALLOWED,
  );
  assert.equal(await metric(server, 'portcullis_policy_threads'), 1);
});

test('an evaluation that is under way when the bundle changes ends with the policy that it began with', async (t) => {
  const server = await running(t, 'limits: { maxDeadline: 1m }\n');
  const slow = check(server, { loop: 1500 });
  await until(
    () => metric(server, 'portcullis_policy_threads'),
    (threads) => threads === 1,
  );
  await server.site.publish('bundles/work.tar.gz', archives[1]!);
  await server.server.reload();
  assert.equal((await check(server, { role: 'admin' })).provenance?.revisions['policy'], 'v2');
  const late = await slow;
  assert.deepEqual([late.status, late.provenance?.revisions['policy']], [Status.ALLOWED, 'v1']);
  const again = await check(server, { loop: 1500 });
  assert.deepEqual([again.cached, again.provenance?.revisions['policy']], [false, 'v2']);
  // That of the first version has ended with its last answer.
  await until(
    () => metric(server, 'portcullis_policy_threads'),
    (threads) => threads === 1,
  );
});

test('a batch is answered in its order, whatever takes longer', async (t) => {
  const server = await running(t, 'limits: { maxDeadline: 1m }\n');
  const inputs = [{ loop: 300 }, { role: 'admin' }, { loop: 301 }, { role: 'user' }];
  const { decisions } = await server.client.call(DecisionService.method.batchCheck, {
    questions: inputs.map(asked),
  });
  const { ALLOWED, DENIED } = Status;
  assert.deepEqual(
    decisions.map(({ status }) => status),
    [ALLOWED, ALLOWED, ALLOWED, DENIED],
  );
});
