/** Swaps a bundle 1,000 times with a decision in between, and prints what memory was used early and late. Needs --expose-gc. */
import { setTimeout } from 'node:timers/promises';
import { DEFAULT_ARCHIVE_LIMITS } from '../../src/bundle/archive.ts';
import { loadVerificationKey } from '../../src/bundle/keys.ts';
import { systemClock } from '../../src/clock.ts';
import { DecisionCache } from '../../src/decision/cache.ts';
import { DataPlane, type EvaluatorFactory } from '../../src/decision/data-plane.ts';
import { Engine } from '../../src/decision/engine.ts';
import { jsonBytesView } from '../../src/decision/json-view.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import { PolicySetActivator } from '../../src/reload/policy-set.ts';
import { VersionedBundles } from './versioned-bundles.ts';

const SWAPS = 1000;
const bundles = await VersionedBundles.create();
const createEvaluator: EvaluatorFactory = (descriptor) =>
  createWasmEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
const cache = new DecisionCache({ enabled: true, maxBytes: 100_000, maxEntries: 100, maxAgeMs: 60_000 });
const dataPlane = new DataPlane(['versions'], createEvaluator, cache);
const engine = new Engine(dataPlane, [], systemClock);
const key = loadVerificationKey({ algorithm: 'ES256', text: bundles.publicKeyPem });
const activator = new PolicySetActivator(
  { name: 'versions', entrypoints: undefined, defaultEntrypoint: undefined, planned: [] },
  [
    {
      name: 'policy',
      limits: DEFAULT_ARCHIVE_LIMITS,
      verification: { keys: new Map([['test', key]]) },
      requireVectors: false,
    },
  ],
  { dataPlane, knownBuiltins: new Set(BUILTINS.keys()), clock: systemClock, maxGeneratedInputs: 20 },
);

let answers = 0;
const usages: NodeJS.MemoryUsage[] = [];
for (let version = 1; version <= SWAPS; version++) {
  await activator.offer('policy', await bundles.archive(version));
  const decision = await engine.decide(
    {
      policySet: '',
      entrypoint: '',
      input: jsonBytesView(Buffer.from('{"n":0}'), { maxBytes: 100, maxDepth: 4 }),
      noCache: false,
      caller: { requestedBy: 'test', api: 'test' },
    },
    Number.POSITIVE_INFINITY,
  );
  if (decision.allowed === (version % 2 === 0) && decision.provenance.revisions['policy'] === `v${version}`)
    answers++;
  if (version === 100 || version === SWAPS) {
    // Compiled modules are freed in steps, and after tasks of their own.
    for (let round = 0; round < 5; round++) {
      globalThis.gc!();
      await setTimeout(20);
    }
    usages.push(process.memoryUsage());
  }
}
const [early, late] = usages;
console.log(JSON.stringify({ swaps: SWAPS, answers, early, late }));
process.exit(0);
