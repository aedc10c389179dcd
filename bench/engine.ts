/**
 * One decision of the demo policies through the engine, found in the cache and evaluated, in the same run.
 * `npx node bench/engine.ts` prints microseconds a decision (median of rounds) and the ratio.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DEFAULT_ARCHIVE_LIMITS } from '../src/bundle/archive.ts';
import { loadVerificationKey } from '../src/bundle/keys.ts';
import { systemClock } from '../src/clock.ts';
import { DecisionCache } from '../src/decision/cache.ts';
import { DataPlane, type EvaluatorFactory } from '../src/decision/data-plane.ts';
import { Engine } from '../src/decision/engine.ts';
import { jsonBytesView } from '../src/decision/json-view.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { PolicySetActivator } from '../src/reload/policy-set.ts';

const ROUNDS = 15;
const ROUND_MS = 200;
const file = (path: string): Promise<Buffer> =>
  readFile(fileURLToPath(new URL(`../${path}`, import.meta.url)));

const createEvaluator: EvaluatorFactory = (descriptor) =>
  createWasmEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
const cache = new DecisionCache({
  enabled: true,
  maxBytes: 1 << 26,
  maxEntries: 100_000,
  maxAgeMs: 3_600_000,
});
const plane = new DataPlane(['shop'], createEvaluator, cache);
const engine = new Engine(plane, [], systemClock);
const key = loadVerificationKey({
  algorithm: 'ES256',
  text: (await file('bundles/shop.pub.pem')).toString(),
});
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

const limits = { maxBytes: 1 << 20, maxDepth: 64 };
const caller = { requestedBy: 'bench', api: 'bench' };
const inputs = {
  public: await file('examples/demo/catalogue.json'),
  token: await file('examples/demo/allow.json'),
};

async function microseconds(bytes: Uint8Array, noCache: boolean): Promise<number> {
  const startMs = performance.now();
  let decisions = 0;
  while (performance.now() - startMs < ROUND_MS) {
    for (let i = 0; i < 20; i++, decisions++) {
      const input = jsonBytesView(bytes, limits);
      const decision = engine.decide({ policySet: 'shop', entrypoint: '', input, noCache, caller }, Infinity);
      if (!(decision as { allowed?: boolean }).allowed) throw new Error('the demo question is not allowed');
    }
  }
  return ((performance.now() - startMs) * 1000) / decisions;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

for (const [name, bytes] of Object.entries(inputs)) {
  const hits: number[] = [];
  const misses: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    hits.push(await microseconds(bytes, false));
    misses.push(await microseconds(bytes, true));
  }
  const [hit, miss] = [median(hits), median(misses)];
  console.log(
    `${name} (${bytes.length} bytes): cached ${hit.toFixed(1)} µs, evaluated ${miss.toFixed(1)} µs, ratio ${(miss / hit).toFixed(1)}`,
  );
}
process.exit(0);
