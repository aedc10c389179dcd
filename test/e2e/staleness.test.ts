// needs: opa
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { RunningServer } from '../../src/app.ts';
import { DecisionService, Status } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { QUIET_CONFIG, ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';

const CONFIG = `${QUIET_CONFIG}keys: { test: { file: key.pem } }
policySets:
  gate:
    bundles:
      policy: { source: file:gate.tar.gz, verification: { keys: [test] }, maxStaleness: 2s }
`;
const POLICY = `package gate

# METADATA
# entrypoint: true
default open := true
`;

const signer = new Signer('test');
let archive: Uint8Array;
before(async () => {
  archive = await signer.archive(await bundleOf({ 'gate.rego': POLICY }));
});

async function check(site: ServerSite, server: RunningServer): Promise<Status> {
  const client = site.client(server.addresses.grpc);
  return (await client.call(DecisionService.method.check, { question: {} })).decision!.status;
}

test('answers end when the source is silent for too long, and come back with it', async (t) => {
  const site = await ServerSite.create(t, CONFIG, { 'key.pem': signer.publicKeyPem, 'gate.tar.gz': archive });
  const server = await site.start();
  // A source that is there is asked more often than its bundle becomes too old, whatever the usual interval.
  const checkedAtMs = (): number => server.status().policySets[0]!.bundles[0]!.lastCheckedAtMs!;
  for (let poll = 0; poll < 4; poll++) {
    const before = checkedAtMs();
    await until(checkedAtMs, (seen) => seen > before, 10_000);
  }
  assert.equal(await check(site, server), Status.ALLOWED);
  await rename(site.path('gate.tar.gz'), site.path('away'));
  await until(
    () => check(site, server),
    (status) => status === Status.NOT_READY,
  );
  assert.equal(server.status().ready, false);
  await rename(site.path('away'), site.path('gate.tar.gz'));
  await until(
    () => check(site, server),
    (status) => status === Status.ALLOWED,
  );

  // What is restored from the state folder is as old as it was.
  await server.stop();
  await rename(site.path('gate.tar.gz'), site.path('away'));
  await setTimeout(2500);
  const again = await site.start();
  assert.equal(await check(site, again), Status.NOT_READY);
  await rename(site.path('away'), site.path('gate.tar.gz'));
  await until(
    () => check(site, again),
    (status) => status === Status.ALLOWED,
  );
});
