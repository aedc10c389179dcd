// needs: opa
/** A server with a wrong footprint, over real sockets: what its clients see, its metrics, and the way back. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { DataPlane } from '../../src/decision/data-plane.ts';
import { AdminService, CacheOffReason } from '../../src/gen/portcullis/v1/admin_pb.ts';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { footprint } from '../support/engine.ts';
import { GrpcClient } from '../support/grpc-client.ts';
import { check } from '../support/policy-set-status.ts';
import { startServerProcess } from '../support/server-process.ts';
import { QUIET_CONFIG, ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer, withFile, withManifest } from '../support/signed-bundles.ts';

const POLICY = `package gate

# METADATA
# entrypoint: true
decision := {"allowed": allowed, "user": input.user}

default allowed := false
allowed if {
	input.user == "ann"
	not input.suspended
}
`;

const signer = new Signer('test');
const CONFIG = `${QUIET_CONFIG}keys: { test: { file: key.pem } }
policySets:
  gate:
    bundles:
      policy: { source: file:bundles/gate.tar.gz, verification: { keys: [test] } }
`;

/** Lets every policy set be activated with a footprint that forgets `input.suspended`. */
function plantFault(t: TestContext): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const stage = DataPlane.prototype.stage;
  t.mock.method(
    DataPlane.prototype,
    'stage',
    function forgetful(this: DataPlane, to: Parameters<typeof stage>[0]) {
      const footprints = new Map([['gate/decision', footprint('user')]]);
      return stage.call(this, { ...to, descriptor: { ...to.descriptor, footprints } });
    },
  );
}

async function serve(t: TestContext, rate: number) {
  const site = await ServerSite.create(t, `${CONFIG}cache: { shadow: { rate: ${rate}, maxShare: 1 } }\n`, {
    'key.pem': signer.publicKeyPem,
  });
  await site.publish('bundles/gate.tar.gz', await signer.archive(await bundleOf({ 'gate.rego': POLICY })));
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  const { host, port } = server.addresses.http as { host: string; port: number };
  const metrics = async (): Promise<string> => (await fetch(`http://${host}:${port}/metrics`)).text();
  const figure = async (name: string): Promise<number> =>
    Number(
      (await metrics())
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')
        .at(-1),
    );
  const shadow = (result: string) =>
    figure(`portcullis_cache_shadow_total{policy_set="gate",entrypoint="gate/decision",result="${result}"}`);
  const distrusted = () =>
    figure('portcullis_cache_distrusted{policy_set="gate",entrypoint="gate/decision"}');
  return { client, shadow, distrusted };
}

const SUSPENDED = { user: 'ann', suspended: true };

test('a wrong footprint is caught on live traffic, and the answers after it are right', async (t) => {
  plantFault(t);
  const { client, shadow, distrusted } = await serve(t, 1);
  assert.equal((await check(client, 'gate', { user: 'ann', id: 1 })).allowed, true);
  await until(
    () => shadow('agreed'),
    (count) => count === 1,
  );
  assert.deepEqual([await shadow('differed'), await distrusted()], [0, 0]);

  const wrong = await check(client, 'gate', SUSPENDED);
  assert.deepEqual([wrong.allowed, wrong.cached], [true, true], 'the fault is really there');
  await until(
    () => shadow('differed'),
    (count) => count === 1,
  );
  assert.equal(await distrusted(), 1);
  for (let count = 0; count < 3; count++) {
    const right = await check(client, 'gate', SUSPENDED);
    assert.deepEqual([right.allowed, right.cached], [false, false]);
    assert.equal((await check(client, 'gate', { user: 'ann' })).allowed, true);
  }
  const question = (input: object) => ({
    policySet: 'gate',
    input: { case: 'json' as const, value: Buffer.from(JSON.stringify(input)) },
  });
  const { decisions } = await client.call(DecisionService.method.batchCheck, {
    questions: [SUSPENDED, { user: 'ann' }, SUSPENDED].map(question),
  });
  assert.deepEqual(
    decisions.map(({ allowed, cached }) => [allowed, cached]),
    [
      [false, false],
      [true, false],
      [false, false],
    ],
  );
});

test('without verification nobody notices', async (t) => {
  plantFault(t);
  const { client, shadow } = await serve(t, 0);
  for (const input of [{ user: 'ann' }, SUSPENDED])
    assert.equal((await check(client, 'gate', input)).allowed, true);
  assert.deepEqual([await shadow('agreed'), await shadow('differed')], [0, 0]);
});

/** The module locks accounts, the plan beside it was made before that; no value in the plan says so. */
const LOCKING = POLICY.replace(
  'not input.suspended',
  'not input.suspended\n\tnot input.lock == "4711-locked"',
);

test('a signed plan that is not that of its module is caught, told and distrusted, until the operator trusts it', async (t) => {
  const files = await bundleOf({ 'gate.rego': LOCKING });
  const older = await bundleOf({ 'gate.rego': POLICY });
  const plan = Buffer.from(older.find(({ path }) => path === 'plan.json')!.bytes).toString();
  const signed = withManifest(withFile(files, 'plan.json', plan), ({ metadata }) => {
    metadata.portcullis!.digests.plan = hash('sha256', plan, 'hex');
  });
  const config = CONFIG.replace('logging: { level: silent }', 'logging: { level: info }').replace(
    'decisionLog: { enabled: false }',
    'decisionLog: { sinks: [{ type: file, path: decisions.jsonl }], mask: [/input/secret] }',
  );
  const site = await ServerSite.create(
    t,
    `${config}admin: { address: unix:admin.sock }\ncache: { shadow: { rate: 1, maxShare: 1 } }\n`,
    { 'key.pem': signer.publicKeyPem },
  );
  await site.publish('bundles/gate.tar.gz', await signer.archive(signed));
  const server = await startServerProcess(site.configFile);
  site.cleanup(() => server.kill());
  const client = new GrpcClient(server.addresses.grpc!);
  const admin = new GrpcClient(server.addresses.admin!);
  site.cleanup(() => [client, admin].forEach((each) => each.close()));
  const differences = () =>
    server.log.filter(({ level, decision_id }) => level === 'error' && decision_id !== undefined);

  assert.equal((await check(client, 'gate', { user: 'ann' })).allowed, true);
  const wrong = await check(client, 'gate', { user: 'ann', lock: '4711-locked', secret: 'hidden' });
  assert.deepEqual([wrong.allowed, wrong.cached], [true, true], 'the fault is really there');
  await until(differences, ({ length }) => length === 1);
  const [{ policy_set, entrypoint, decision_id, cached, difference, places }] = differences() as [
    Record<string, unknown>,
  ];
  assert.deepEqual(
    { policy_set, entrypoint, decision_id, cached, difference, places },
    {
      policy_set: 'gate',
      entrypoint: 'gate/decision',
      decision_id: wrong.decisionId,
      cached: true,
      difference: 'value',
      places: ['/allowed'],
    },
  );
  assert.ok(!JSON.stringify(server.log).includes('4711'));

  const right = await check(client, 'gate', { user: 'ann', lock: '4711-locked' });
  assert.deepEqual([right.allowed, right.cached], [false, false]);
  const row = async () => (await admin.call(AdminService.method.getCache, {})).entrypoints[0]!;
  const { enabled, offReason, shadow } = await row();
  assert.deepEqual([enabled, offReason, shadow?.differed], [false, CacheOffReason.DIFFERENCE, 1n]);

  await admin.call(AdminService.method.setCache, {
    policySet: 'gate',
    entrypoint: 'gate/decision',
    enabled: true,
  });
  assert.equal((await row()).enabled, true);
  assert.equal(
    (await check(client, 'gate', { user: 'ann', lock: '4711-locked' })).allowed,
    true,
    'trusted again',
  );
  await until(differences, ({ length }) => length === 2);
  assert.equal((await row()).offReason, CacheOffReason.DIFFERENCE);
  await until(
    async () =>
      (await readFile(site.path('decisions.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).custom.distrusted),
    (seen) => seen.length === 4,
  ).then((seen) => assert.deepEqual(seen, [undefined, undefined, true, undefined]));
});
