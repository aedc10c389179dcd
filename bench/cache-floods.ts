/**
 * What floods, scans and shifts do to a cache that honest traffic uses. `npx node bench/cache-floods.ts` prints the hit
 * rate of the honest traffic alone, for several ways to choose what is given up. Deterministic.
 */
import {
  decisionCache,
  doorkeeper,
  type KeyCache,
  lru,
  type Policy,
  s3fifo,
  segmented,
  tinyLfu,
} from './cache-policies.ts';
import { generator, zipf } from './distributions.ts';

const CAPACITY = 5_000;
const HONEST_KEYS = 50_000;
const HONEST_REQUESTS = 100_000;
const ZIPF_EXPONENT = 0.9;

const policies: Readonly<Record<string, Policy>> = {
  LRU: lru,
  'segments 50 %': segmented(0.5, 1),
  'segments 80 %': segmented(0.8, 1),
  'segments 80 %, 2 hits': segmented(0.8, 2),
  'door + segments': doorkeeper(segmented(0.8, 1)),
  'S3-FIFO': s3fifo,
  'W-TinyLFU': tinyLfu,
  'decision cache': decisionCache,
};

/** Who else asks: called after each honest request, with the way to ask. */
type Others = (ask: (key: number) => void) => void;

interface Scenario {
  readonly others?: () => Others;
  /** The honest hot set moves this often, in requests. */
  readonly shiftEvery?: number;
  /** The others are another policy set. */
  readonly tenant?: number;
}

/** Unique keys, `rate` for each honest request, each asked `times`, again after `distance` others. */
const flood =
  (rate: number, times = 1, distance = 0) =>
  (): Others => {
    let next = -1;
    return (ask) => {
      for (let i = 0; i < rate; i++, next--) {
        for (let time = 0; time < times; time++) ask(Math.min(-1, next + time * distance));
      }
    };
  };

/** All of twice the capacity in one go, now and then. */
const scan = (every: number) => (): Others => {
  let requests = 0;
  return (ask) => {
    if (++requests % every !== 0) return;
    for (let key = 1; key <= 2 * CAPACITY; key++) ask(-key);
  };
};

const scenarios: Readonly<Record<string, Scenario>> = {
  'Zipf alone': {},
  'hot set moves every 20,000': { shiftEvery: 20_000 },
  'scan every 10,000': { others: scan(10_000) },
  'flood 1×': { others: flood(1) },
  'flood 5×': { others: flood(5) },
  'flood 20×': { others: flood(20) },
  'flood 5×, each twice at once': { others: flood(5, 2) },
  'flood 5×, each three times at once': { others: flood(5, 3) },
  'flood 20×, each twice at once': { others: flood(20, 2) },
  'flood 5×, each again after 50': { others: flood(5, 2, 50) },
  'flood 5×, each again after 300': { others: flood(5, 2, 300) },
  'flood 5×, each again after 2,000': { others: flood(5, 2, 2000) },
  'flood 20×, other policy set': { others: flood(20), tenant: 1 },
  'flood 20×, each twice, other policy set': { others: flood(20, 2), tenant: 1 },
};

/** Half of the honest requests warm the cache up; the hits of the other half count. */
function honestHitRate(cache: KeyCache, { others, shiftEvery, tenant = 0 }: Scenario): number {
  const random = generator(7);
  const rank = zipf(HONEST_KEYS, ZIPF_EXPONENT);
  const disturb = others?.();
  let hits = 0;
  let offset = 0;
  for (let request = 0; request < 2 * HONEST_REQUESTS; request++) {
    const counted = request >= HONEST_REQUESTS;
    if (shiftEvery !== undefined && request % shiftEvery === 0) offset += 7_919;
    const key = (rank(random()) + offset) % HONEST_KEYS;
    if (cache.ask(key, 0) && counted) hits++;
    if (counted) disturb?.((other) => cache.ask(other, tenant));
  }
  return hits / HONEST_REQUESTS;
}

const names = Object.keys(policies);
const row = (cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);

console.log(
  `Hit rate of the honest traffic, %: ${CAPACITY} entries, Zipf ${ZIPF_EXPONENT} over ${HONEST_KEYS} keys\n`,
);
row(['', ...names]);
row(['---', ...names.map(() => '---:')]);
for (const [name, scenario] of Object.entries(scenarios)) {
  const rates = names.map((policy) => {
    const cache = policies[policy]!(CAPACITY);
    return (100 * honestHitRate(cache, scenario)).toFixed(1);
  });
  row([name, ...rates]);
}

console.log('\nWhat the decision cache counts, for each honest request\n');
row(['', 'misses', 'evicted: once', 'again', 'hot', 'the same in the other policy set']);
row(['---', '---:', '---:', '---:', '---:', '---:']);
for (const [name, scenario] of Object.entries(scenarios)) {
  const cache = decisionCache(CAPACITY);
  honestHitRate(cache, scenario);
  const [one, two] = cache
    .figures()
    .rows.map(({ misses, evicted: { once, again, hot } }) =>
      [misses, once, again, hot].map((count) => (count / (2 * HONEST_REQUESTS)).toFixed(2)),
    );
  row([name, ...one!, scenario.tenant === undefined ? '' : two!.join(', ')]);
}
