// needs: opa
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import type { BundleFile } from '../src/bundle/bundle.ts';
import { code, MemorySource, ReloadPlane, stateStore } from './support/reload-plane.ts';
import { bundleOf, Signer, withFile, withManifest } from './support/signed-bundles.ts';

const signer = new Signer('test');
const { publicKeyPem } = signer;

const policy = await bundleOf({
  'policy.rego': `package gate

# METADATA
# entrypoint: true
open if data.doors[input.door]
`,
});
const doors = await bundleOf({ 'doors/data.json': '{"front":true}' });

/** Two sources of one policy set; what they give is set by `publish`. */
function twoBundles() {
  const sources = { policy: new MemorySource(), doors: new MemorySource() };
  const publish = async (name: keyof typeof sources, files: readonly BundleFile[]): Promise<void> => {
    sources[name].archive = await signer.archive(files);
  };
  return { sources, publish };
}

const opens = async (plane: ReloadPlane, door: string): Promise<string> =>
  (await plane.ask(JSON.stringify({ door }))).status;

test('a bundle waits for its neighbour, is said to wait, and both become active together and are saved', async (t) => {
  const { store } = await stateStore(t);
  const { publish, sources } = twoBundles();
  await publish('policy', policy);
  const plane = new ReloadPlane(t, sources, { publicKeyPem, store });
  await plane.controlPlane.start();
  assert.equal(plane.bundle('policy').waiting, true);
  assert.equal(plane.bundle('policy').active, undefined);
  assert.equal(await opens(plane, 'front'), 'not_ready');
  assert.equal(await store.load('set', 'policy'), undefined);

  await publish('doors', doors);
  assert.equal(await plane.changed('doors'), true);
  assert.equal(plane.bundle('policy').waiting, false);
  assert.equal(await opens(plane, 'front'), 'allowed');
  const told = plane.attempts.filter(({ result }) => result !== 'refused');
  assert.deepEqual(
    told.map(({ bundle, result }) => `${bundle} ${result}`),
    ['policy waiting', 'policy activated', 'doors activated'],
  );
  for (const name of ['policy', 'doors']) assert.ok((await store.load('set', name))?.archive, name);
  await plane.stop();

  const restarted = new ReloadPlane(
    t,
    { policy: new MemorySource(), doors: new MemorySource() },
    { publicKeyPem, store },
  );
  await restarted.controlPlane.start();
  assert.equal(await opens(restarted, 'front'), 'allowed');
  await restarted.stop();
});

test('a change of one bundle is judged beside the other', async (t) => {
  const { publish, sources } = twoBundles();
  await publish('policy', policy);
  await publish('doors', doors);
  const plane = new ReloadPlane(t, sources, { publicKeyPem });
  await plane.controlPlane.start();
  await publish('doors', withFile(doors, 'doors/data.json', '{"back":true}'));
  assert.equal(await plane.changed('doors'), true);
  assert.deepEqual([await opens(plane, 'front'), await opens(plane, 'back')], ['undefined', 'allowed']);

  await publish(
    'doors',
    withManifest(doors, (manifest) => (manifest.roots = ['doors', 'gate'])),
  );
  await assert.rejects(plane.changed('doors'), code('bundle_roots_overlap'));
  assert.equal(await opens(plane, 'back'), 'allowed');
  await plane.stop();
});

test('bundles that fit only together become active together, in whatever order they come', async (t) => {
  const { publish, sources } = twoBundles();
  await publish('policy', policy);
  await publish('doors', doors);
  const plane = new ReloadPlane(t, sources, { publicKeyPem });
  await plane.controlPlane.start();

  // The data moves from one bundle to the other: each new one alone overlaps with the old other.
  const emptied = withManifest(withFile(doors, 'doors/data.json', '{}'), (manifest) => {
    manifest.revision = 'emptied';
    manifest.roots = ['unused'];
  }).filter(({ path }) => path !== 'doors/data.json');
  const filled = withManifest(withFile(policy, 'doors/data.json', '{"side":true}'), (manifest) => {
    manifest.revision = 'filled';
    manifest.roots = ['gate', 'doors'];
  });
  await publish('policy', filled);
  await assert.rejects(plane.changed('policy'), code('bundle_roots_overlap'));
  assert.equal(await opens(plane, 'front'), 'allowed');
  await publish('doors', emptied);
  assert.equal(await plane.changed('doors'), true);
  await plane.changed('policy');
  assert.deepEqual([plane.revision('policy'), plane.revision('doors')], ['filled', 'emptied']);
  assert.equal(await opens(plane, 'side'), 'allowed');
  assert.equal(plane.bundle('policy').lastError, undefined);
  await plane.stop();
});

test('an archive that was refused and withdrawn does not go live with its neighbour', async (t) => {
  const { publish, sources } = twoBundles();
  await publish('policy', policy);
  await publish('doors', doors);
  const plane = new ReloadPlane(t, sources, { publicKeyPem });
  await plane.controlPlane.start();
  const original = sources.policy.archive!;
  const withDoors = withManifest(withFile(policy, 'doors/data.json', '{"front":true}'), (manifest) => {
    manifest.roots = ['gate', 'doors'];
  });
  await publish('policy', withDoors);
  await assert.rejects(plane.changed('policy'), code('bundle_roots_overlap'));
  sources.policy.archive = original;
  assert.equal(await plane.changed('policy'), false);

  // Its vector holds beside the withdrawn policy only, which brings the door.
  const vector = { name: 'front', entrypoint: 'gate/open', input: { door: 'front' }, expect: true };
  const without = withManifest(withFile(doors, 'vectors.json', JSON.stringify([vector])), (manifest) => {
    manifest.roots = ['unused'];
  }).filter(({ path }) => path !== 'doors/data.json');
  await publish('doors', without);
  await assert.rejects(plane.changed('doors'), code('bundle_vectors_failed'));
  assert.equal(plane.bundle('policy').active!.archiveDigest, hash('sha256', original, 'hex'));
  assert.equal(await opens(plane, 'front'), 'allowed');
});
