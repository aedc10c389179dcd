// needs: opa
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { Status } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { bundleStatus, check, refusal, statusOf } from '../support/policy-set-status.ts';
import { QUIET_CONFIG, ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer, withFile, withManifest } from '../support/signed-bundles.ts';

const MEMBERS_POLICY = `package gate

# METADATA
# entrypoint: true
decision := {"allowed": input.user in data.members.users, "season": data.members.season}
`;

const members = (season: number, users: readonly string[]): Record<string, string> => ({
  'members/data.json': JSON.stringify({ users, season }),
});

const red = new Signer('red');
const blue = new Signer('blue');
const KEY_FILES = { 'red.pem': red.publicKeyPem, 'blue.pem': blue.publicKeyPem };
const CONFIG = `${QUIET_CONFIG}keys:
  red: { file: red.pem }
  blue: { file: blue.pem }
policySets:
  club:
    bundles:
      policy: { source: file:bundles/policy.tar.gz, verification: { keys: [red] } }
      members: { source: file:bundles/members.tar.gz, verification: { keys: [blue] } }
`;

test('a policy set of a policy and a data bundle: data changes the answers, overlaps change nothing', async (t) => {
  const site = await ServerSite.create(t, CONFIG, KEY_FILES);
  // `data.members` belongs to the other bundle, so the roots of this one are its package's.
  const policy = await bundleOf({ 'gate.rego': MEMBERS_POLICY }, { revision: 'p1', sequence: 1 });
  const data = (season: number, users: string[]) =>
    bundleOf(members(season, users), { revision: `m${season}`, sequence: season });
  await site.publish('bundles/policy.tar.gz', await red.archive(policy));
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  const ask = (user: string) => check(client, 'club', { user });

  // Half a policy set answers nothing.
  assert.equal((await ask('ann')).status, Status.NOT_READY);
  assert.equal(statusOf(server, 'club').ready, false);
  await site.publish('bundles/members.tar.gz', await blue.archive(await data(1, ['ann'])));
  await until(() => statusOf(server, 'club').ready, Boolean);
  for (const cached of [false, true]) {
    const decision = await ask('ann');
    assert.deepEqual(
      [decision.allowed, decision.cached, decision.obligations],
      [true, cached, { season: 1 }],
    );
    assert.deepEqual(decision.provenance!.revisions, { policy: 'p1', members: 'm1' });
  }
  assert.equal((await ask('bob')).allowed, false);

  const active = (revision: string) =>
    until(
      () => bundleStatus(server, 'club', 'members').active?.revision,
      (seen) => seen === revision,
    );
  await site.publish('bundles/members.tar.gz', await blue.archive(await data(2, ['bob'])));
  await active('m2');
  const changed = [await ask('ann'), await ask('bob')];
  assert.deepEqual(
    changed.map(({ allowed, cached, obligations }) => [allowed, cached, obligations]),
    [
      [false, false, { season: 2 }],
      [true, false, { season: 2 }],
    ],
  );

  for (const roots of [['members', 'gate'], ['gate/decision'], ['']]) {
    const overlapping = withManifest(await data(3, ['eve']), (manifest) => {
      manifest.roots = roots;
      manifest.metadata.portcullis!.sequence += roots.length;
    });
    // Data outside the new roots would be another mistake.
    const files = overlapping.filter(({ path }) => path === '.manifest' || roots[0] !== 'gate/decision');
    await site.publish('bundles/members.tar.gz', await blue.archive(files));
    await refusal(server, 'club', 'members', 'bundle_roots_overlap');
    const decision = await ask('bob');
    assert.deepEqual([decision.allowed, decision.obligations], [true, { season: 2 }]);
    await site.publish('bundles/members.tar.gz', await blue.archive(await data(2, ['bob'])));
    await until(
      () => bundleStatus(server, 'club', 'members').lastError,
      (seen) => seen === undefined,
    );
  }

  // What was refused does not count as seen: its sequence numbers are free.
  await site.publish('bundles/members.tar.gz', await blue.archive(await data(3, ['cat'])));
  await active('m3');
  assert.equal((await ask('cat')).allowed, true);

  // Both bundles come back from the state folder when their sources are gone.
  await server.stop();
  await rm(site.path('bundles'), { recursive: true });
  const again = await site.start();
  const decision = await check(site.client(again.addresses.grpc), 'club', { user: 'cat' });
  assert.deepEqual([decision.allowed, decision.obligations], [true, { season: 3 }]);
  assert.deepEqual(
    statusOf(again, 'club').bundles.map(({ active }) => active?.restored),
    [true, true],
  );
});

test('bundles that only fit together go live whichever comes first', async (t) => {
  const site = await ServerSite.create(t, CONFIG, KEY_FILES);
  const policy = async (sequence: number, expected: boolean) => {
    const vector = { name: 'ann', entrypoint: 'gate/decision', input: { user: 'ann' } };
    const expect = { allowed: expected, season: sequence };
    const files = await bundleOf({ 'gate.rego': MEMBERS_POLICY }, { revision: `p${sequence}`, sequence });
    return red.archive(withFile(files, 'vectors.json', JSON.stringify([{ ...vector, expect }])));
  };
  const data = async (season: number, users: string[]) =>
    blue.archive(await bundleOf(members(season, users), { revision: `m${season}`, sequence: season }));
  // Of a set that was never whole, the bundle that completes it is proved together with the other.
  await site.publish('bundles/policy.tar.gz', await policy(1, false));
  await site.publish('bundles/members.tar.gz', await data(1, ['ann']));
  const server = await site.start();
  const client = site.client(server.addresses.grpc);
  const revisions = (): (string | undefined)[] =>
    statusOf(server, 'club').bundles.map(({ active }) => active?.revision);
  assert.deepEqual(revisions(), [undefined, undefined]);
  assert.equal((await check(client, 'club', { user: 'ann' })).status, Status.NOT_READY);
  await site.publish('bundles/policy.tar.gz', await policy(1, true));
  await until(revisions, ([first, second]) => first === 'p1' && second === 'm1');
  assert.equal((await check(client, 'club', { user: 'ann' })).allowed, true);

  // Vectors that need the other bundle's newer data are answered wrongly until it comes.
  await site.publish('bundles/policy.tar.gz', await policy(2, false));
  await refusal(server, 'club', 'policy', 'bundle_vectors_failed');
  assert.equal((await check(client, 'club', { user: 'ann' })).allowed, true);
  await site.publish('bundles/members.tar.gz', await data(2, ['bob']));
  // Neither fits beside what is active, but they fit each other.
  await until(revisions, ([first, second]) => first === 'p2' && second === 'm2', 15_000);
});
