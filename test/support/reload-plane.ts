import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/bundle/archive.ts';
import { loadVerificationKey } from '../../src/bundle/keys.ts';
import { systemClock } from '../../src/clock.ts';
import { DecisionCache } from '../../src/decision/cache.ts';
import { DataPlane } from '../../src/decision/data-plane.ts';
import type { Decision } from '../../src/decision/decision.ts';
import { Engine } from '../../src/decision/engine.ts';
import { jsonBytesView } from '../../src/decision/json-view.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { BundleStatus, PolicySetStatus } from '../../src/observe/status.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import type { Attempt } from '../../src/reload/bundle-keeper.ts';
import { ControlPlane } from '../../src/reload/control-plane.ts';
import type { ActivationParts } from '../../src/reload/policy-set.ts';
import type { BundleSource, PollResult } from '../../src/reload/source.ts';
import { StateStore } from '../../src/reload/state-store.ts';
import { FILE_POLLING } from '../../src/reload/watch-loop.ts';

/** A source that gives what the test puts into it. */
export class MemorySource implements BundleSource {
  readonly name = 'memory';
  archive: Uint8Array | undefined;
  polls = 0;
  /** Tells whoever watches that something may have changed. */
  changed: () => void = () => undefined;

  async poll(etag: string | undefined): Promise<PollResult> {
    this.polls++;
    if (this.archive === undefined) throw new PortcullisError('io_failed', 'nothing there');
    const current = hash('sha256', this.archive, 'hex');
    return current === etag
      ? { kind: 'not-modified' }
      : { kind: 'archive', bytes: this.archive, etag: current };
  }

  watch(changed: () => void): void {
    this.changed = changed;
  }
}

/** Wall clock and monotonic clock as a test sets them. */
export class TestClock {
  wall = 1_800_000_000_000;
  monotonic = 50_000;
  wallMs(): number {
    return this.wall;
  }
  monotonicMs(): number {
    return this.monotonic;
  }
  /** Lets time pass on both. */
  pass(ms: number): void {
    this.wall += ms;
    this.monotonic += ms;
  }
}

export interface PlaneOptions {
  readonly publicKeyPem: string;
  readonly store?: StateStore;
  readonly maxStalenessMs?: number;
  readonly clock?: TestClock;
  /** Whether decisions are cached; not, when left out. */
  readonly cached?: true;
  /** What prepares policy sets; this thread when left out. */
  readonly preparer?: NonNullable<ActivationParts['preparer']>;
}

/** A control plane of one policy set, its data plane and an engine. */
export class ReloadPlane {
  readonly attempts: Attempt[] = [];
  readonly dataPlane: DataPlane;
  readonly controlPlane: ControlPlane;
  readonly #engine: Engine;

  /** The sources are the set's bundles by name. Stopped after the test, also when it fails. */
  constructor(t: TestContext, sources: Readonly<Record<string, BundleSource>>, options: PlaneOptions) {
    const clock = options.clock ?? systemClock;
    const key = loadVerificationKey({ algorithm: 'ES256', text: options.publicKeyPem });
    this.dataPlane = new DataPlane(
      ['set'],
      (descriptor, seeds) => createWasmEvaluator(descriptor, { builtins: BUILTINS, clock, ...seeds }),
      new DecisionCache({
        enabled: options.cached === true,
        maxBytes: 1_000_000,
        maxEntries: 1000,
        maxAgeMs: 1_000_000,
      }),
      clock,
    );
    this.#engine = new Engine(this.dataPlane, [], clock);
    this.controlPlane = new ControlPlane({
      policySets: [
        {
          rules: { name: 'set', entrypoints: undefined, defaultEntrypoint: undefined, planned: [] },
          bundles: Object.entries(sources).map(([name, source]) => ({
            source,
            maxStalenessMs: options.maxStalenessMs,
            rules: {
              name,
              limits: DEFAULT_ARCHIVE_LIMITS,
              verification: { keys: new Map([['test', key]]) },
              requireVectors: false,
            },
          })),
        },
      ],
      store: options.store,
      polling: { ...FILE_POLLING, intervalMs: 100_000_000 },
      dataPlane: this.dataPlane,
      knownBuiltins: new Set(BUILTINS.keys()),
      clock,
      ...(options.preparer && { preparer: options.preparer }),
      report: (attempt) => void this.attempts.push(attempt),
    });
    t.after(() => this.stop());
  }

  /** Asks the default entrypoint. */
  async ask(json = '{"n":0}'): Promise<Decision> {
    return this.#decide('', json, true);
  }

  /** Asks an entrypoint as callers do: from the cache, where it has the answer. */
  async askCached(entrypoint: string, json: string): Promise<Decision> {
    return this.#decide(entrypoint, json, false);
  }

  async #decide(entrypoint: string, json: string, noCache: boolean): Promise<Decision> {
    const input = jsonBytesView(Buffer.from(json), { maxBytes: 1000, maxDepth: 10 });
    const caller = { requestedBy: 'test', api: 'test' };
    return this.#engine.decide({ policySet: '', entrypoint, input, noCache, caller }, Infinity);
  }

  revision(bundle = 'policy'): string | undefined {
    return this.dataPlane.active().get('set')?.revisions[bundle];
  }

  /** Whether the bundle's source gave something that is active now. */
  async changed(bundle = 'policy'): Promise<boolean> {
    return (await this.controlPlane.reload('set', bundle)).changed;
  }

  status(): PolicySetStatus {
    return this.controlPlane.status()[0]!;
  }

  bundle(name = 'policy'): BundleStatus {
    return this.status().bundles.find((bundle) => bundle.name === name)!;
  }

  async stop(): Promise<void> {
    await this.controlPlane.stop();
    this.dataPlane.close();
  }
}

/** A state directory that is removed after the test. */
export async function stateStore(t: TestContext): Promise<{ store: StateStore; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-reload-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return { store: new StateStore(folder), folder };
}

/** For `assert.rejects`. */
export const code =
  (expected: string) =>
  (error: unknown): boolean =>
    error instanceof PortcullisError && error.code === expected;
