/**
 * How often answers are found again: the same traffic for caches that are keyed by the derived footprint, by the whole input and
 * by a subset that operators choose, each an engine with its own cache. Answers are compared with those of the whole input.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Decision } from '../../src/decision/decision.ts';
import {
  corpusPolicies,
  createServer,
  demoPolicies,
  type Keying,
  type Policies,
  type Server,
} from './servers.ts';
import { count, percent, table, usedUs } from './table.ts';
import { type Ask, accounts, edge, mesh, type Site, traffic } from './traffic.ts';

const PER_SECOND = 1000;
const CHUNK = 2000;
/** Keyed by the whole input and uncached, everything is evaluated: every so many chunks will do. */
const SAMPLED_CHUNKS = 50;
/** Every so many answers of the derived key are compared with one from the whole input; those of the subset all that differ. */
const COMPARED = 100;

interface Scene {
  /** The first half warms the caches up. */
  readonly requests: number;
  readonly site: () => Site;
  readonly policies: () => Promise<Policies>;
  readonly entrypoint: string;
}

const SCENES: Readonly<Record<string, Scene>> = {
  gateway: {
    requests: 400_000,
    site: edge,
    policies: demoPolicies,
    entrypoint: 'gateway/authz/decision',
  },
  mesh: {
    requests: 200_000,
    site: mesh,
    policies: demoPolicies,
    entrypoint: 'mesh/authz/decision',
  },
  accounts: {
    requests: 400_000,
    site: accounts,
    policies: () => corpusPolicies('envoy_jwt'),
    entrypoint: 'corpus/envoy_jwt/allow',
  },
};

/** Why the derived key found nothing. */
interface Misses {
  /** Nobody asked for this before. */
  cold: number;
  /** It was asked for before, with another token of the same caller. */
  renewed: number;
  /** It had been asked for with this very credential. */
  other: number;
}

class Tally {
  hits = 0;
  asked = 0;
  usedUs = 0;
  wrong = 0;
  wronglyAllowed = 0;
  get rate(): string {
    return percent(this.hits / this.asked);
  }
  get us(): string {
    return (this.usedUs / this.asked).toFixed(0);
  }
}

async function answers(server: Server, asks: readonly Ask[], tally: Tally): Promise<Decision[]> {
  const decisions: Decision[] = [];
  const startUs = usedUs();
  for (const { message, atMs } of asks) {
    const decision = server.check(message, atMs);
    decisions.push(decision instanceof Promise ? await decision : decision);
  }
  tally.usedUs += usedUs() - startUs;
  tally.asked += asks.length;
  tally.hits += decisions.filter(({ cached }) => cached).length;
  return decisions;
}

/** One row for each table. */
type Rows = readonly (readonly string[])[];

const HEADS: Rows = [
  [
    'traffic',
    'requests',
    'derived',
    'derived, second half',
    'its ceiling',
    'whole input',
    'subset',
    'wrong answers by derived',
    'by subset',
    'allowed among them',
  ],
  ['misses in the second half', 'first time asked', 'token renewed', 'asked before', 'answers kept'],
  ['µs of CPU a request, second half', 'derived', 'whole input', 'subset', 'cache off'],
];

async function run(name: string): Promise<Rows> {
  const { site, policies, entrypoint, requests } = SCENES[name]!;
  const set = await policies();
  const create = (keying: Keying): Promise<Server> => createServer(set, entrypoint, keying);
  const servers = {
    derived: await create('derived'),
    whole: await create('whole'),
    subset: await create('subset'),
    off: await create('off'),
  };
  const tally = () => ({ derived: new Tally(), whole: new Tally(), subset: new Tally(), off: new Tally() });
  const [cold, warm] = [tally(), tally()];
  const [seenWhat, seen] = [new Set<string>(), new Set<string>()];
  let misses: Misses = { cold: 0, renewed: 0, other: 0 };
  let ideal = 0;
  const source = traffic(site(), PER_SECOND);
  const chunks = requests / CHUNK;

  for (let chunk = 0; chunk < chunks; chunk++) {
    const half = chunk < chunks / 2 ? cold : warm;
    if (chunk === Math.ceil(chunks / 2)) [misses, ideal] = [{ cold: 0, renewed: 0, other: 0 }, 0];
    const asks = Array.from({ length: CHUNK }, () => source.next().value);
    const derived = await answers(servers.derived, asks, half.derived);
    const subset = await answers(servers.subset, asks, half.subset);
    if (chunk % SAMPLED_CHUNKS === SAMPLED_CHUNKS - 1) {
      await answers(servers.whole, asks, half.whole);
      await answers(servers.off, asks, half.off);
    }
    for (const [i, { message, atMs, what, credential }] of asks.entries()) {
      const key = `${what} ${credential}`;
      const known = seen.has(key);
      if (known) ideal++;
      if (!derived[i]!.cached) misses[known ? 'other' : seenWhat.has(what) ? 'renewed' : 'cold']++;
      seenWhat.add(what);
      seen.add(key);
      if (derived[i]!.json === subset[i]!.json && i % COMPARED !== 0) continue;
      const truth = await servers.whole.check(message, atMs, true);
      if (derived[i]!.json !== truth.json) half.derived.wrong++;
      if (subset[i]!.json === truth.json) continue;
      half.subset.wrong++;
      if (subset[i]!.allowed && !truth.allowed) half.subset.wronglyAllowed++;
    }
  }
  const both = (of: (half: typeof cold) => number): number => of(cold) + of(warm);
  const asked = warm.derived.asked;
  const share = (part: number): string => percent(part / asked);
  return [
    [
      name,
      count(requests),
      percent(both(({ derived }) => derived.hits) / requests),
      warm.derived.rate,
      share(ideal),
      warm.whole.rate,
      warm.subset.rate,
      count(both(({ derived }) => derived.wrong)),
      count(both(({ subset }) => subset.wrong)),
      count(both(({ subset }) => subset.wronglyAllowed)),
    ],
    [
      name,
      share(misses.cold),
      share(misses.renewed),
      share(misses.other),
      count(servers.derived.cache.figures().entries),
    ],
    [name, ...[warm.derived, warm.whole, warm.subset, warm.off].map(({ us }) => us)],
  ];
}

/** Three tables: hit rates and wrong answers; why nothing was found; what it costs. Two scenes at a time, in threads. */
export async function hitRates(): Promise<string> {
  const rows = new Map<string, Rows>();
  const waiting = Object.keys(SCENES);
  const loop = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const worker = new Worker(new URL(import.meta.url), { workerData: name });
      const [given] = (await once(worker, 'message')) as [Rows];
      rows.set(name, given);
    }
  };
  await Promise.all([loop(), loop()]);
  return HEADS.map((head, i) =>
    table([head, ...Object.keys(SCENES).map((name) => rows.get(name)![i]!)]),
  ).join('\n\n');
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker of Node has none
if (!isMainThread && typeof workerData === 'string') parentPort!.postMessage(await run(workerData));
else if (import.meta.main) console.log(await hitRates());
