/**
 * What shadow verification costs: hits of the demo policies through the engine, with nothing, a little and everything
 * verified, in turns of the event loop as a server has them.
 * `npx node bench/shadow.ts` prints microseconds a decision (median of rounds), what was verified and the share of the time.
 */
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DEFAULT_ARCHIVE_LIMITS } from '../src/bundle/archive.ts';
import { loadVerificationKey } from '../src/bundle/keys.ts';
import { systemClock } from '../src/clock.ts';
import { DecisionCache } from '../src/decision/cache.ts';
import { DataPlane } from '../src/decision/data-plane.ts';
import { Engine } from '../src/decision/engine.ts';
import { jsonBytesView } from '../src/decision/json-view.ts';
import { ShadowVerifier } from '../src/decision/shadow.ts';
import { createBoundedEvaluator } from '../src/policy/bounded-evaluator.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { EvaluationFigures } from '../src/policy/evaluation-figures.ts';
import { PolicySetActivator } from '../src/reload/policy-set.ts';

const ROUNDS = 15;
const ROUND_MS = 300;
/** Decisions in one turn of the event loop. */
const TURN = 20;
const SETTINGS = [
  { rate: 0, maxShare: 0.01 },
  { rate: 0.001, maxShare: 0.01 },
  { rate: 0.01, maxShare: 0.01 },
  { rate: 1, maxShare: 0.01 },
  { rate: 1, maxShare: 1 },
] as const;

const file = (path: string): Promise<Buffer> =>
  readFile(fileURLToPath(new URL(`../${path}`, import.meta.url)));
const key = loadVerificationKey({
  algorithm: 'ES256',
  text: (await file('bundles/shop.pub.pem')).toString(),
});
const limits = { maxBytes: 1 << 20, maxDepth: 64 };
const caller = { requestedBy: 'bench', api: 'bench' };
const inputs = {
  public: await file('examples/demo/catalogue.json'),
  token: await file('examples/demo/allow.json'),
};

/** An engine of its own for each setting, so that their figures are apart. */
async function engineWith(setting: (typeof SETTINGS)[number]) {
  const cache = new DecisionCache({
    enabled: true,
    maxBytes: 1 << 26,
    maxEntries: 100_000,
    maxAgeMs: 3_600_000,
  });
  const plane = new DataPlane(
    ['shop'],
    (descriptor) =>
      createBoundedEvaluator(descriptor, {
        builtins: BUILTINS,
        clock: systemClock,
        sliceMs: 5,
        maxThreads: 1,
        maxQueued: 256,
        maxHeapBytes: 1 << 27,
        figures: new EvaluationFigures(),
      }),
    cache,
  );
  const activator = new PolicySetActivator(
    { name: 'shop', entrypoints: undefined, defaultEntrypoint: undefined, planned: [] },
    [
      {
        name: 'policy',
        limits: DEFAULT_ARCHIVE_LIMITS,
        verification: { keys: new Map([['shop', key]]) },
        requireVectors: true,
      },
    ],
    { dataPlane: plane, knownBuiltins: new Set(BUILTINS.keys()), clock: systemClock },
  );
  await activator.offer('policy', await file('bundles/shop.tar.gz'));
  const onDifference = (difference: unknown): never => {
    throw new Error(`an answer was wrong: ${JSON.stringify(difference)}`);
  };
  const shadow = new ShadowVerifier({ ...setting, clock: systemClock, random: Math.random, onDifference });
  return { setting, cache, engine: new Engine(plane, [], systemClock, { shadow }) };
}

async function microseconds(engine: Engine, bytes: Uint8Array): Promise<number> {
  const startMs = performance.now();
  let decisions = 0;
  while (performance.now() - startMs < ROUND_MS) {
    for (let i = 0; i < TURN; i++, decisions++) {
      const input = jsonBytesView(bytes, limits);
      await engine.decide({ policySet: 'shop', entrypoint: '', input, noCache: false, caller }, Infinity);
    }
    await setImmediate();
  }
  return ((performance.now() - startMs) * 1000) / decisions;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

for (const [name, bytes] of Object.entries(inputs)) {
  const engines = await Promise.all(SETTINGS.map(engineWith));
  const times = engines.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { engine }] of engines.entries())
      times[index]!.push(await microseconds(engine, bytes));
  }
  console.log(`${name} (${bytes.length} bytes)`);
  for (const [index, { setting, cache }] of engines.entries()) {
    const { checked, differed, failed, skipped } = cache.figures().rows.find(({ hits }) => hits > 0)!.shadow;
    console.log(
      `  rate ${setting.rate}, share ${setting.maxShare}: ${median(times[index]!).toFixed(2)} µs a hit;`,
      `verified ${checked}, differed ${differed}, failed ${failed}, skipped ${skipped}`,
    );
  }
}
process.exit(0);
