// needs: opa
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { code, MemorySource, ReloadPlane, stateStore, TestClock } from './support/reload-plane.ts';
import { VersionedBundles } from './support/versioned-bundles.ts';

let bundles: VersionedBundles;
let publicKeyPem: string;
before(async () => {
  bundles = await VersionedBundles.create();
  publicKeyPem = bundles.publicKeyPem;
});

/** A source with a version in it. */
async function source(version?: number): Promise<MemorySource> {
  const made = new MemorySource();
  if (version !== undefined) made.archive = await bundles.archive(version);
  return made;
}

test('a new bundle replaces the old one, a refused one changes only the status', async (t) => {
  const policy = await source(1);
  const plane = new ReloadPlane(t, { policy }, { publicKeyPem });
  await plane.controlPlane.start();
  assert.equal(plane.revision(), 'v1');
  assert.equal(plane.status().ready, true);
  assert.equal(await plane.changed(), false);

  policy.archive = await bundles.archive(2);
  assert.equal(await plane.changed(), true);
  assert.equal(plane.revision(), 'v2');

  const good = policy.archive;
  policy.archive = good.slice(0, good.length / 2);
  await assert.rejects(plane.changed(), code('archive_truncated'));
  await assert.rejects(plane.changed(), code('archive_truncated'));
  policy.archive = await bundles.archive(1);
  await assert.rejects(plane.changed(), code('bundle_sequence_rollback'));
  policy.archive = undefined;
  await assert.rejects(plane.changed(), code('io_failed'));
  assert.equal(plane.revision(), 'v2');
  assert.equal(plane.bundle().lastError!.code, 'io_failed');
  assert.equal(plane.bundle().lastError!.attempts, 4);
  assert.equal(plane.bundle().active!.revision, 'v2');

  policy.archive = good;
  assert.equal(await plane.changed(), false);
  assert.equal(plane.bundle().lastError, undefined);
  assert.deepEqual(
    plane.attempts.map(({ result, error }) => error?.code ?? result),
    [
      'activated',
      'activated',
      'archive_truncated',
      'archive_truncated',
      'bundle_sequence_rollback',
      'io_failed',
    ],
  );
  await plane.stop();
});

test('the loop asks again when the source says so, and after failures without being told', async (t) => {
  const policy = await source();
  const plane = new ReloadPlane(t, { policy }, { publicKeyPem });
  await plane.controlPlane.start();
  // Nothing is there: it is asked again and again, sooner than the interval of a day.
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await until(() => policy.polls >= 4);
  policy.archive = await bundles.archive(1);
  await until(() => plane.revision() === 'v1');
  const quiet = policy.polls;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(policy.polls, quiet);
  policy.archive = await bundles.archive(2);
  policy.changed();
  await until(() => plane.revision() === 'v2');
  await plane.stop();
  const polls = policy.polls;
  policy.changed();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(policy.polls, polls);
});

test('listeners that are told of an activation see it in the status', async (t) => {
  const plane = new ReloadPlane(t, { policy: await source(1) }, { publicKeyPem });
  const seen: (boolean | undefined)[] = [];
  plane.dataPlane.onChange(() => seen.push(plane.status().ready));
  await plane.controlPlane.start();
  assert.deepEqual(seen, [true]);
  await plane.stop();
});

test('the last known good bundle answers when the source is gone, and nothing older is taken after a restart', async (t) => {
  const { store } = await stateStore(t);
  const first = await source(5);
  const before = new ReloadPlane(t, { policy: first }, { publicKeyPem, store });
  await before.controlPlane.start();
  await before.stop();

  const policy = await source();
  const after = new ReloadPlane(t, { policy }, { publicKeyPem, store });
  await after.controlPlane.start();
  assert.equal(after.revision(), 'v5');
  assert.equal(after.status().ready, true);
  assert.equal(after.bundle().active!.restored, true);
  assert.equal(after.bundle().lastError!.code, 'io_failed');

  policy.archive = await bundles.archive(4);
  await assert.rejects(after.changed(), code('bundle_sequence_rollback'));
  policy.archive = first.archive;
  assert.equal(await after.changed(), false);
  assert.equal(after.bundle().active!.restored, false);
  await after.stop();
});

test('what was saved is verified again, and the sequence is remembered when it is refused or gone', async (t) => {
  for (const spoil of ['cut', 'remove'] as const) {
    const { folder, store } = await stateStore(t);
    const before = new ReloadPlane(t, { policy: await source(5) }, { publicKeyPem, store });
    await before.controlPlane.start();
    await before.stop();
    const archive = join(folder, 'set-set', 'bundle-policy', 'bundle.tar.gz');
    if (spoil === 'cut') await writeFile(archive, (await bundles.archive(5)).slice(0, 1000));
    else await rm(archive);

    const policy = await source(4);
    const after = new ReloadPlane(t, { policy }, { publicKeyPem, store });
    await after.controlPlane.start();
    assert.equal(after.revision(), undefined);
    assert.equal(after.bundle().lastError!.code, 'bundle_sequence_rollback');
    policy.archive = await bundles.archive(6);
    assert.equal(await after.changed(), true);
    assert.equal(after.revision(), 'v6');
    await after.stop();
  }
});

test('a record that cannot be read lets nothing go live until it is mended or removed', async (t) => {
  const { folder, store } = await stateStore(t);
  const before = new ReloadPlane(t, { policy: await source(9) }, { publicKeyPem, store });
  await before.controlPlane.start();
  await before.stop();
  const record = join(folder, 'set-set', 'bundle-policy', 'state.json');
  await writeFile(record, '{"sequence":');

  const policy = await source(2);
  const after = new ReloadPlane(t, { policy }, { publicKeyPem, store });
  await after.controlPlane.start();
  assert.equal(after.revision(), undefined);
  await assert.rejects(after.changed(), code('io_failed'));
  assert.match(after.bundle().lastError!.message, /state\.json cannot be read; mend it, or remove it/);
  await rm(record);
  policy.archive = await bundles.archive(10);
  assert.equal(await after.changed(), true);
  assert.equal(after.revision(), 'v10');
  await after.stop();
});

test('a bundle that cannot be saved is live, said to be unsaved, and saved as soon as that works', async (t) => {
  const { folder, store } = await stateStore(t);
  const policy = await source(1);
  const plane = new ReloadPlane(t, { policy }, { publicKeyPem, store });
  await plane.controlPlane.start();
  const place = join(folder, 'set-set');
  await rm(place, { recursive: true });
  await writeFile(place, 'a file where a folder has to be');

  policy.archive = await bundles.archive(9);
  assert.equal(await plane.changed(), true);
  assert.equal(plane.revision(), 'v9');
  assert.equal(plane.bundle().lastError!.code, 'io_failed');
  assert.deepEqual(
    plane.attempts.map(({ result }) => result),
    ['activated', 'activated', 'unsaved'],
  );
  await plane.changed();
  assert.equal(plane.bundle().lastError!.code, 'io_failed');
  await rm(place);
  await plane.changed();
  assert.equal(plane.bundle().lastError, undefined);
  assert.equal((await store.load('set', 'policy'))!.record.sequence, 9);
  await plane.stop();
});

test('a policy set that its source has not confirmed for too long is taken out of service and comes back', async (t) => {
  const { store } = await stateStore(t);
  const clock = new TestClock();
  const options = { publicKeyPem, store, clock, maxStalenessMs: 60_000 };
  const policy = await source(2);
  const plane = new ReloadPlane(t, { policy }, options);
  await plane.controlPlane.start();
  const answers = async (): Promise<string> => {
    plane.controlPlane.checkStaleness();
    const { status } = await plane.ask();
    assert.equal(plane.status().ready, status !== 'not_ready');
    return status;
  };
  clock.pass(60_000);
  assert.equal(await answers(), 'allowed');
  clock.pass(1);
  assert.equal(await answers(), 'not_ready');
  clock.wall -= 86_400_000;
  assert.equal(await answers(), 'not_ready', 'a wall clock that is set back makes nothing younger');
  await plane.changed();
  assert.equal(await answers(), 'allowed');
  clock.pass(50_000);
  await plane.changed();
  clock.pass(50_000);
  assert.equal(await answers(), 'allowed');
  await plane.stop();

  // Over a restart the age counts from the last confirmation, and from the first answer on.
  const gone = new ReloadPlane(t, { policy: await source() }, options);
  await gone.controlPlane.start();
  assert.equal((await gone.ask()).status, 'allowed');
  await gone.stop();
  clock.pass(10_001);
  const tooOld = new ReloadPlane(t, { policy: await source() }, options);
  await tooOld.controlPlane.start();
  assert.equal((await tooOld.ask()).status, 'not_ready');
  assert.equal(tooOld.status().ready, false);
  await tooOld.stop();
});

test('an unknown bundle cannot be reloaded', async (t) => {
  const plane = new ReloadPlane(t, { policy: await source() }, { publicKeyPem });
  await assert.rejects(plane.controlPlane.reload('set', 'other'), code('not_found'));
  await assert.rejects(plane.controlPlane.reload('__proto__', 'policy'), code('not_found'));
  await plane.stop();
});

test('what was proved is not proved again at a restart, unless it, or the program, was another', async (t) => {
  const { store } = await stateStore(t);
  const policy = await source(5);
  const inputs = async (): Promise<number> => {
    const plane = new ReloadPlane(t, { policy }, { publicKeyPem, store });
    await plane.controlPlane.start();
    await plane.stop();
    return plane.attempts[0]!.activation!.proof.inputs;
  };
  assert.ok((await inputs()) > 0);
  assert.equal(await inputs(), 0);
  const { record } = (await store.load('set', 'policy'))!;
  await store.save('set', 'policy', { ...record, proved: 'by an older program' });
  assert.ok((await inputs()) > 0);
  assert.equal((await store.load('set', 'policy'))!.record.proved, record.proved);
  assert.equal(await inputs(), 0);
});
