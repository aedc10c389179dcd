/** One policy set of one bundle, activated as a server does it. */
import type { TestContext } from 'node:test';
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/bundle/archive.ts';
import type { BundleFile } from '../../src/bundle/bundle.ts';
import { loadVerificationKey } from '../../src/bundle/keys.ts';
import { writeArchive } from '../../src/bundle/write-archive.ts';
import { systemClock } from '../../src/clock.ts';
import { DecisionCache } from '../../src/decision/cache.ts';
import { DataPlane } from '../../src/decision/data-plane.ts';
import { createBoundedEvaluator } from '../../src/policy/bounded-evaluator.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { EvaluationFigures } from '../../src/policy/evaluation-figures.ts';
import { type ActivationParts, PolicySetActivator } from '../../src/reload/policy-set.ts';
import { Signer } from './signed-bundles.ts';

export interface ActivationOptions {
  readonly footprintsOf?: NonNullable<ActivationParts['footprintsOf']>;
  readonly planned?: readonly string[];
  readonly unsigned?: true;
  readonly onPrint?: (message: string) => void;
}

/** Offers files as a signed archive, again and again. Closed after the test. */
export class Activation {
  readonly activator: PolicySetActivator;
  readonly dataPlane: DataPlane;
  readonly #signer = new Signer('test');
  readonly #unsigned: boolean;

  constructor(t: TestContext, options: ActivationOptions = {}) {
    const { footprintsOf, onPrint = () => {}, planned = [], unsigned = false } = options;
    this.#unsigned = unsigned;
    const cache = new DecisionCache({ enabled: true, maxBytes: 1e6, maxEntries: 1000, maxAgeMs: 1e6 });
    this.dataPlane = new DataPlane(
      ['set'],
      (descriptor) =>
        createBoundedEvaluator(descriptor, {
          builtins: BUILTINS,
          clock: systemClock,
          sliceMs: 25,
          maxThreads: 1,
          maxQueued: 10,
          maxHeapBytes: 1e8,
          figures: new EvaluationFigures(),
          onPrint,
        }),
      cache,
    );
    t.after(() => this.dataPlane.close());
    const key = loadVerificationKey({ algorithm: 'ES256', text: this.#signer.publicKeyPem });
    const verification = unsigned ? 'unsigned-allowed' : { keys: new Map([['test', key]]) };
    this.activator = new PolicySetActivator(
      { name: 'set', entrypoints: undefined, defaultEntrypoint: undefined, planned },
      [{ name: 'policy', limits: DEFAULT_ARCHIVE_LIMITS, verification, requireVectors: false }],
      {
        dataPlane: this.dataPlane,
        knownBuiltins: new Set(BUILTINS.keys()),
        clock: systemClock,
        ...(footprintsOf && { footprintsOf }),
      },
    );
  }

  /** Rejects as an activation does. */
  async offer(files: readonly BundleFile[]): Promise<void> {
    const archive = this.#unsigned ? await writeArchive(files) : await this.#signer.archive(files);
    await this.activator.offer('policy', archive);
  }
}
