// needs: opa
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { DEFAULT_ARCHIVE_LIMITS } from '../src/bundle/archive.ts';
import { loadVerificationKey } from '../src/bundle/keys.ts';
import { systemClock } from '../src/clock.ts';
import { DataPlane, type EvaluatorFactory } from '../src/decision/data-plane.ts';
import { PortcullisError } from '../src/errors.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import type { Attempt } from '../src/reload/bundle-keeper.ts';
import { ControlPlane } from '../src/reload/control-plane.ts';
import type { BundleSource, PollResult } from '../src/reload/source.ts';
import { StateStore } from '../src/reload/state-store.ts';
import { FILE_POLLING } from '../src/reload/watch-loop.ts';
import { VersionedBundles } from './support/versioned-bundles.ts';

/** A source that gives what the test puts into it, and tells nobody of changes. */
class MemorySource implements BundleSource {
  readonly name = 'memory';
  archive: Uint8Array | undefined;
  async poll(etag: string | undefined): Promise<PollResult> {
    if (this.archive === undefined) throw new PortcullisError('io_failed', 'nothing there');
    const current = hash('sha256', this.archive, 'hex');
    return current === etag
      ? { kind: 'not-modified' }
      : { kind: 'archive', bytes: this.archive, etag: current };
  }
  watch(): void {}
}

let bundles: VersionedBundles;
before(async () => {
  bundles = await VersionedBundles.create();
});

const createEvaluator: EvaluatorFactory = (descriptor) =>
  createWasmEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });

/** One policy set with one bundle from memory. */
function plane(
  source: MemorySource,
  options: { store?: StateStore; maxStalenessMs?: number; wallMs?: () => number } = {},
) {
  const dataPlane = new DataPlane(['versions'], createEvaluator);
  const attempts: Attempt[] = [];
  const clock = {
    wallMs: options.wallMs ?? (() => Date.now()),
    monotonicMs: () => systemClock.monotonicMs(),
  };
  const controlPlane = new ControlPlane({
    policySets: [
      {
        rules: { name: 'versions', entrypoints: undefined, defaultEntrypoint: undefined },
        bundles: [
          {
            source,
            maxStalenessMs: options.maxStalenessMs,
            rules: {
              name: 'policy',
              limits: DEFAULT_ARCHIVE_LIMITS,
              verification: {
                keys: new Map([
                  ['test', loadVerificationKey({ algorithm: 'ES256', text: bundles.publicKeyPem })],
                ]),
              },
              requireVectors: false,
            },
          },
        ],
      },
    ],
    store: options.store,
    polling: FILE_POLLING,
    dataPlane,
    createEvaluator,
    knownBuiltins: new Set(BUILTINS.keys()),
    clock,
    report: (attempt) => void attempts.push(attempt),
  });
  const revision = (): string | undefined => dataPlane.active().get('versions')?.revisions['policy'];
  const stop = async (): Promise<void> => {
    await controlPlane.stop();
    dataPlane.close();
  };
  return { controlPlane, dataPlane, attempts, revision, stop };
}

async function stateStore(t: TestContext): Promise<StateStore> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-reload-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return new StateStore(folder);
}

const code = (expected: string) => (error: unknown) =>
  error instanceof PortcullisError && error.code === expected;

test('a new bundle replaces the old one, a refused one changes only the status', async () => {
  const source = new MemorySource();
  source.archive = await bundles.archive(1);
  const { controlPlane, attempts, revision, stop } = plane(source);
  await controlPlane.start();
  assert.equal(revision(), 'v1');
  assert.equal(controlPlane.status()[0]!.ready, true);
  assert.deepEqual(await changed(controlPlane), false);

  source.archive = await bundles.archive(2);
  assert.deepEqual(await changed(controlPlane), true);
  assert.equal(revision(), 'v2');

  const good = source.archive;
  source.archive = good.slice(0, good.length / 2);
  await assert.rejects(controlPlane.reload('versions', 'policy'), code('archive_truncated'));
  await assert.rejects(controlPlane.reload('versions', 'policy'), code('archive_truncated'));
  source.archive = await bundles.archive(1);
  await assert.rejects(controlPlane.reload('versions', 'policy'), code('bundle_sequence_rollback'));
  source.archive = undefined;
  await assert.rejects(controlPlane.reload('versions', 'policy'), code('io_failed'));
  assert.equal(revision(), 'v2');
  const [status] = controlPlane.status()[0]!.bundles;
  assert.equal(status!.lastError!.code, 'io_failed');
  assert.equal(status!.lastError!.attempts, 4);
  assert.equal(status!.active!.revision, 'v2');

  source.archive = good;
  assert.deepEqual(await changed(controlPlane), false);
  assert.equal(controlPlane.status()[0]!.bundles[0]!.lastError, undefined);
  assert.deepEqual(
    attempts.map((attempt) => attempt.code),
    ['ok', 'ok', 'archive_truncated', 'archive_truncated', 'bundle_sequence_rollback', 'io_failed'],
  );
  await stop();
});

const changed = async (controlPlane: ControlPlane): Promise<boolean> =>
  (await controlPlane.reload('versions', 'policy')).changed;

test('the last known good bundle answers when the source is gone, and nothing older is taken after a restart', async (t) => {
  const store = await stateStore(t);
  const first = new MemorySource();
  first.archive = await bundles.archive(5);
  const before = plane(first, { store });
  await before.controlPlane.start();
  await before.stop();

  const gone = new MemorySource();
  const after = plane(gone, { store });
  await after.controlPlane.start();
  assert.equal(after.revision(), 'v5');
  const restored = after.controlPlane.status()[0]!;
  assert.equal(restored.ready, true);
  assert.equal(restored.bundles[0]!.active!.restored, true);
  assert.equal(restored.bundles[0]!.lastError!.code, 'io_failed');

  gone.archive = await bundles.archive(4);
  await assert.rejects(after.controlPlane.reload('versions', 'policy'), code('bundle_sequence_rollback'));
  gone.archive = first.archive;
  assert.equal(await changed(after.controlPlane), false);
  assert.equal(after.controlPlane.status()[0]!.bundles[0]!.active!.restored, false);
  await after.stop();
});

test('what was saved is verified again, and the sequence is remembered when it is refused', async (t) => {
  const store = await stateStore(t);
  const source = new MemorySource();
  source.archive = await bundles.archive(5);
  const before = plane(source, { store });
  await before.controlPlane.start();
  await before.stop();
  const saved = (await store.load('versions', 'policy'))!;
  await store.save('versions', 'policy', { ...saved, archive: saved.archive.slice(0, 1000) });

  source.archive = await bundles.archive(4);
  const after = plane(source, { store });
  await after.controlPlane.start();
  assert.equal(after.revision(), undefined);
  assert.equal(after.controlPlane.status()[0]!.bundles[0]!.lastError!.code, 'bundle_sequence_rollback');
  source.archive = await bundles.archive(6);
  assert.equal(await changed(after.controlPlane), true);
  assert.equal(after.revision(), 'v6');
  await after.stop();
});

test('a policy set that its source has not confirmed for too long is taken out of service and comes back', async () => {
  let wallMs = 1_000_000;
  const source = new MemorySource();
  source.archive = await bundles.archive(1);
  const { controlPlane, dataPlane, stop } = plane(source, { maxStalenessMs: 60_000, wallMs: () => wallMs });
  await controlPlane.start();
  const usable = (): boolean => {
    controlPlane.checkStaleness();
    const snapshot = dataPlane.lease();
    try {
      return snapshot.policySet('versions') !== undefined;
    } catch (error) {
      assert.ok(code('not_ready')(error));
      return false;
    } finally {
      snapshot.release();
    }
  };
  wallMs += 60_000;
  assert.equal(usable(), true);
  wallMs += 1;
  assert.equal(usable(), false);
  assert.equal(controlPlane.status()[0]!.ready, false);
  await controlPlane.reload('versions', 'policy');
  assert.equal(usable(), true);
  await stop();
});

test('an unknown bundle cannot be reloaded', async () => {
  const { controlPlane, stop } = plane(new MemorySource());
  await assert.rejects(controlPlane.reload('versions', 'other'), code('not_found'));
  await assert.rejects(controlPlane.reload('__proto__', 'policy'), code('not_found'));
  await stop();
});
