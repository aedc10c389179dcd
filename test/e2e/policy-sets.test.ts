// needs: opa
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { before, type TestContext, test } from 'node:test';
import { status as GrpcStatus } from '@grpc/grpc-js';
import type { RunningServer } from '../../src/app.ts';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import { writeArchive } from '../../src/bundle/write-archive.ts';
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../src/gen/grpc/health/v1/health_pb.ts';
import { DecisionService, Status } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { bundleStatus, check, refusal, statusOf } from '../support/policy-set-status.ts';
import { QUIET_CONFIG, ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';

/** The same entrypoints for every tenant; what differs is the tenant's name and who is let in. */
const tenantPolicy = (tenant: string): string => `package gate

# METADATA
# entrypoint: true
decision := {"allowed": input.user == "${tenant}-user", "tenant": "${tenant}"}

# METADATA
# entrypoint: true
open if input.user != ""
`;

const red = new Signer('red');
const blue = new Signer('blue');
let redFiles: readonly BundleFile[];
let blueFiles: readonly BundleFile[];
before(async () => {
  redFiles = await bundleOf({ 'gate.rego': tenantPolicy('red') }, { revision: 'same' });
  blueFiles = await bundleOf({ 'gate.rego': tenantPolicy('blue') }, { revision: 'same' });
});

const KEYS = `keys:
  red: { file: red.pem }
  blue: { file: blue.pem }
`;
const KEY_FILES = { 'red.pem': red.publicKeyPem, 'blue.pem': blue.publicKeyPem };
const set = (name: string, key = name, more = ''): string => `  ${name}:
    bundles:
      policy: { source: file:bundles/${name}.tar.gz, verification: { keys: [${key}] } }
${more}`;
const TENANTS = `${QUIET_CONFIG}${KEYS}policySets:\n${set('red')}${set('blue')}`;

async function tenants(t: TestContext, config = TENANTS): Promise<ServerSite> {
  const site = await ServerSite.create(t, config, KEY_FILES);
  await site.publish('bundles/red.tar.gz', await red.archive(redFiles));
  await site.publish('bundles/blue.tar.gz', await blue.archive(blueFiles));
  return site;
}

test('policy sets with the same entrypoints answer for themselves, from caches that never meet', async (t) => {
  const twins = `${TENANTS}${set('twin-a', 'red')}${set('twin-b', 'red')}`;
  const site = await tenants(t, twins);
  for (const twin of ['twin-a', 'twin-b'])
    await site.publish(`bundles/${twin}.tar.gz`, await red.archive(redFiles));
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  const input = { user: 'red-user' };
  for (const cached of [false, true]) {
    for (const tenant of ['red', 'blue', 'twin-a', 'twin-b']) {
      const decision = await check(client, tenant, input);
      const policy = tenant === 'blue' ? 'blue' : 'red';
      assert.equal(decision.cached, cached, tenant);
      assert.equal(decision.allowed, policy === 'red');
      assert.deepEqual(decision.obligations, { tenant: policy });
      assert.equal(decision.provenance!.policySet, tenant);
      assert.equal(decision.provenance!.digest, statusOf(server, tenant).digest);
    }
  }
  assert.notEqual(statusOf(server, 'red').digest, statusOf(server, 'blue').digest);
  // One batch, several tenants.
  const question = (policySet: string) => ({
    policySet,
    input: { case: 'json' as const, value: Buffer.from('{"user":"blue-user"}') },
  });
  const { decisions } = await client.call(DecisionService.method.batchCheck, {
    questions: ['red', 'blue', 'red', 'none'].map(question),
  });
  assert.deepEqual(
    decisions.map(({ status }) => status),
    [Status.DENIED, Status.ALLOWED, Status.DENIED, Status.UNKNOWN_POLICY_SET],
  );
});

test('one tenant cannot ship for another: the key decides', async (t) => {
  const site = await tenants(t);
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  const digest = statusOf(server, 'blue').digest;
  await site.publish('bundles/blue.tar.gz', await red.archive(redFiles));
  await refusal(server, 'blue', 'policy', 'signature_key_unknown');
  assert.equal(statusOf(server, 'blue').digest, digest);
  assert.equal((await check(client, 'blue', { user: 'blue-user' })).allowed, true);
  assert.equal(bundleStatus(server, 'red', 'policy').lastError, undefined);
});

test('a tenant without a bundle, or with a broken one, does not concern the others', async (t) => {
  const site = await tenants(t);
  await rm(site.path('bundles/red.tar.gz'));
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  assert.equal((await check(client, 'blue', { user: 'blue-user' })).allowed, true);
  assert.equal((await check(client, 'red', { user: 'red-user' })).status, Status.NOT_READY);
  const { http } = server.addresses;
  assert.ok(http?.kind === 'tcp');
  const probe = await fetch(`http://127.0.0.1:${http.port}/health/ready`);
  assert.deepEqual(
    [probe.status, await probe.json()],
    [503, { ready: false, reasons: ['policy set red: bundle policy: io_failed'] }],
  );
  for (const [name, status, serving] of [
    ['blue', 200, ServingStatus.SERVING],
    ['red', 503, ServingStatus.NOT_SERVING],
  ] as const) {
    const url: string = `http://127.0.0.1:${http.port}/health/ready?policy_set=${name}`;
    assert.equal((await fetch(url)).status, status);
    const health = await client.call(Health.method.check, { service: `policy-set:${name}` });
    assert.equal(health.status, serving);
  }

  await site.publish('bundles/red.tar.gz', 'not an archive');
  await refusal(server, 'red', 'policy', 'archive_not_gzip');
  assert.equal((await check(client, 'red', { user: 'red-user' })).status, Status.NOT_READY);
  assert.equal((await check(client, 'blue', { user: 'blue-user' })).cached, true);

  await site.publish('bundles/red.tar.gz', await red.archive(redFiles));
  await until(() => server.status().ready, Boolean);
  assert.equal((await check(client, 'red', { user: 'red-user' })).allowed, true);
  assert.equal((await fetch(`http://127.0.0.1:${http.port}/health/ready`)).status, 200);

  // Broken again: what was active goes on, ready and all.
  await site.publish('bundles/red.tar.gz', (await red.archive(redFiles)).subarray(0, 400));
  await refusal(server, 'red', 'policy', 'archive_truncated');
  assert.equal((await check(client, 'red', { user: 'red-user' })).allowed, true);
  assert.equal(server.status().ready, true);
});

test('no name means the only policy set there is, and nothing where there are several', async (t) => {
  const several = await tenants(t, `${TENANTS}dataApi: { policySet: blue }\n`);
  const server = await several.start();
  const client = several.client(server.addresses.grpc);
  const unnamed = await check(client, '', { user: 'red-user' });
  assert.deepEqual([unnamed.allowed, unnamed.status], [false, Status.UNKNOWN_POLICY_SET]);
  assert.deepEqual(unnamed.reasons, ['name a policy set: there are several']);
  const evaluated = client.call(DecisionService.method.evaluate, { question: {} });
  await assert.rejects(evaluated, { code: GrpcStatus.NOT_FOUND });
  const dataApi = async (running: RunningServer): Promise<unknown> => {
    assert.ok(running.addresses.http?.kind === 'tcp');
    const url: string = `http://127.0.0.1:${running.addresses.http.port}/v1/data/gate/decision`;
    const answer = await fetch(url, { method: 'POST', body: '{"input":{"user":"blue-user"}}' });
    return answer.status === 200 ? ((await answer.json()) as { result: unknown }).result : answer.status;
  };
  assert.deepEqual(await dataApi(server), { allowed: true, tenant: 'blue' });

  // Without a choice in the configuration the Data API asks none of several.
  const undecided = await (await tenants(t)).start();
  assert.equal(await dataApi(undecided), 404);

  const single = await tenants(t, `${QUIET_CONFIG}${KEYS}policySets:\n${set('red')}`);
  const alone = await single.start();
  const decision = await check(single.client(alone.addresses.grpc), '', { user: 'red-user' });
  assert.deepEqual([decision.allowed, decision.provenance!.policySet], [true, 'red']);
  assert.deepEqual(await dataApi(alone), { allowed: false, tenant: 'red' });
});

test('only the entrypoints of the configuration can be asked', async (t) => {
  const narrow = set('red', 'red', '    entrypoints: [gate/open]\n');
  const site = await tenants(
    t,
    `${QUIET_CONFIG}${KEYS}policySets:\n${narrow}${set('blue', 'blue', '    defaultEntrypoint: gate/open\n')}`,
  );
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  const ask = async (tenant: string, entrypoint: string) =>
    (await check(client, tenant, { user: 'nobody' }, entrypoint)).status;
  assert.equal(await ask('red', 'gate/decision'), Status.UNKNOWN_ENTRYPOINT);
  assert.equal(await ask('red', 'gate/open'), Status.ALLOWED);
  assert.equal(await ask('red', ''), Status.ALLOWED);
  assert.equal(await ask('blue', ''), Status.ALLOWED);
  assert.equal(await ask('blue', 'gate/decision'), Status.DENIED);
  for (const path of [
    'gate',
    'gate/decision/tenant',
    'data/gate/decision',
    '/gate/decision',
    'Gate/decision',
  ])
    assert.equal(await ask('blue', path), Status.UNKNOWN_ENTRYPOINT, path);
  assert.deepEqual(statusOf(server, 'red').entrypoints, ['gate/open']);

  const wrong = await tenants(
    t,
    `${QUIET_CONFIG}${KEYS}policySets:\n${set('red', 'red', '    entrypoints: [gate/close]\n')}`,
  );
  const refusing = await wrong.start();
  await refusal(refusing, 'red', 'policy', 'bundle_entrypoint_unknown');
});

test('unsigned bundles are taken where the configuration says so, and only there', async (t) => {
  const config = `${TENANTS}  draft:
    bundles:
      policy: { source: file:bundles/draft.tar.gz, unsigned: allow }
`;
  const site = await tenants(t, config);
  const unsigned = await writeArchive(redFiles);
  await site.publish('bundles/draft.tar.gz', unsigned);
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  assert.equal((await check(client, 'draft', { user: 'red-user' })).allowed, true);
  await site.publish('bundles/red.tar.gz', unsigned);
  await refusal(server, 'red', 'policy', 'signature_missing');
  // A signature that nobody can check is not passed over.
  await site.publish('bundles/draft.tar.gz', await blue.archive(blueFiles));
  await refusal(server, 'draft', 'policy', 'signature_no_key');
  assert.deepEqual((await check(client, 'draft', { user: 'red-user' })).obligations, { tenant: 'red' });
});
