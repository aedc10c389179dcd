/**
 * What a reload does to requests: how long the serving thread does nothing else, and latencies of questions that arrive at a fixed rate, while
 * a policy set is replaced again and again; prepared in that thread and in one of its own.
 *
 * `npx node bench/reload.ts [questions per second] [swaps]` prints milliseconds. Questions are put to the engine of this process, so that no
 * transport adds to them; each latency counts from when the question was due. It wants two cores to itself.
 */
import { readFile } from 'node:fs/promises';
import { createHistogram, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DEFAULT_ARCHIVE_LIMITS } from '../src/bundle/archive.ts';
import { loadVerificationKey } from '../src/bundle/keys.ts';
import type { Verification } from '../src/bundle/open.ts';
import { systemClock } from '../src/clock.ts';
import { DecisionCache } from '../src/decision/cache.ts';
import { DataPlane } from '../src/decision/data-plane.ts';
import { Engine } from '../src/decision/engine.ts';
import { jsonBytesView } from '../src/decision/json-view.ts';
import { createBoundedEvaluator } from '../src/policy/bounded-evaluator.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { EvaluationFigures } from '../src/policy/evaluation-figures.ts';
import { PolicySetActivator } from '../src/reload/policy-set.ts';
import { PreparingThread } from '../src/reload/preparing-thread.ts';
import { Turns } from '../src/reload/turns.ts';
import { bundleOf, Signer } from '../test/support/signed-bundles.ts';

const PER_SECOND = Number(process.argv[2] ?? 3000);
const SWAPS = Number(process.argv[3] ?? 8);
const PAUSE_MS = 400;

const POLICY = `package work

# METADATA
# entrypoint: true
default decision := false

decision if data.users[input.user].role == input.role
`;

interface Subject {
  readonly name: string;
  readonly archive: Uint8Array;
  readonly verification: Verification;
  readonly entrypoint: string;
  readonly input: (n: number) => object;
}

/** What grants look like: many small objects. */
function usersOf(bytes: number): string {
  const users: string[] = [];
  for (let user = 0, length = 0; length < bytes; user++) {
    const text = `"u${user}":{"role":"r${user % 7}","teams":["t${user % 100}","t${user % 31}"],"active":true,"level":${user % 9}}`;
    users.push(text);
    length += text.length + 1;
  }
  return `{"users":{${users.join()}}}`;
}

async function grants(name: string, bytes: number): Promise<Subject> {
  const signer = new Signer('bench');
  const files = await bundleOf({ 'work.rego': POLICY, 'data.json': usersOf(bytes) });
  const key = loadVerificationKey({ algorithm: 'ES256', text: signer.publicKeyPem });
  return {
    name,
    archive: await signer.archive(files),
    verification: { keys: new Map([['bench', key]]) },
    entrypoint: 'work/decision',
    input: (n) => ({ user: `u${n % 5000}`, role: 'r1' }),
  };
}

async function demo(): Promise<Subject> {
  const file = (name: string): string => fileURLToPath(new URL(`../bundles/${name}`, import.meta.url));
  const key = loadVerificationKey({ algorithm: 'ES256', text: await readFile(file('shop.pub.pem'), 'utf8') });
  return {
    name: 'demo',
    archive: await readFile(file('shop.tar.gz')),
    verification: { keys: new Map([['shop', key]]) },
    entrypoint: 'gateway/authz/decision',
    input: (n) => ({ attributes: { request: { http: { method: 'GET', path: `/api/items/${n % 5000}` } } } }),
  };
}

/** The longest turn of the event loop between two calls of `longest`. */
class Turn {
  #last = performance.now();
  #longest = 0;
  #running = true;

  constructor() {
    const turn = (): void => {
      const now = performance.now();
      this.#longest = Math.max(this.#longest, now - this.#last);
      this.#last = now;
      if (this.#running) globalThis.setTimeout(turn, 1);
    };
    turn();
  }

  longest(): number {
    const longest = this.#longest;
    this.#longest = 0;
    return longest;
  }

  stop(): void {
    this.#running = false;
  }
}

interface Row {
  readonly [column: string]: string;
}

async function measure(subject: Subject, aside: boolean): Promise<Row> {
  const cache = new DecisionCache({ enabled: true, maxBytes: 16e6, maxEntries: 100_000, maxAgeMs: 1e6 });
  const figures = new EvaluationFigures();
  const bounds = { sliceMs: 25, maxThreads: 1, maxQueued: 100, maxHeapBytes: 1e9, figures };
  const dataPlane = new DataPlane(
    ['set'],
    (descriptor, seeds) =>
      createBoundedEvaluator(descriptor, { ...bounds, ...seeds, builtins: BUILTINS, clock: systemClock }),
    cache,
  );
  const engine = new Engine(dataPlane, [], systemClock);
  const knownBuiltins = new Set(BUILTINS.keys());
  const thread = new PreparingThread({
    policySet: 'set',
    knownBuiltins,
    limits: undefined,
    maxGeneratedInputs: undefined,
    oneDataPlane: true,
    turns: new Turns(1),
  });
  const { verification, archive, entrypoint } = subject;
  const activator = new PolicySetActivator(
    { name: 'set', entrypoints: undefined, defaultEntrypoint: undefined, planned: [] },
    [{ name: 'policy', limits: DEFAULT_ARCHIVE_LIMITS, verification, requireVectors: false }],
    { dataPlane, knownBuiltins, clock: systemClock, ...(aside && { preparer: () => thread }) },
  );
  await activator.offer('policy', archive);

  const caller = { requestedBy: 'bench', api: 'bench' };
  let asked = 0;
  const ask = async (): Promise<void> => {
    const input = jsonBytesView(Buffer.from(JSON.stringify(subject.input(asked++))), {
      maxBytes: 10_000,
      maxDepth: 20,
    });
    await engine.decide({ policySet: 'set', entrypoint, input, noCache: false, caller }, Infinity);
  };
  const load = async (untilDone: Promise<unknown>): Promise<ReturnType<typeof createHistogram>> => {
    const latencies = createHistogram({ lowest: 1, highest: 1e10 });
    const done = new AbortController();
    void untilDone.finally(() => done.abort());
    const startMs = performance.now();
    for (let sent = 0; !done.signal.aborted; ) {
      const due = ((performance.now() - startMs) / 1000) * PER_SECOND;
      for (; sent < due; sent++) {
        const dueMs = startMs + (sent / PER_SECOND) * 1000;
        await ask();
        latencies.record(Math.max(1, Math.round((performance.now() - dueMs) * 1000)));
      }
      // Not in every turn: the other thread needs a processor as well.
      await setTimeout(1);
    }
    return latencies;
  };
  const base = await load(setTimeout(2000));
  const turn = new Turn();
  const holds: number[] = [];
  const tookMs: number[] = [];
  const collections: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collections.push(duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  const swaps = async (): Promise<void> => {
    for (let swap = 0; swap < SWAPS; swap++) {
      const startMs = performance.now();
      turn.longest();
      await activator.offer('policy', Buffer.from(archive));
      tookMs.push(performance.now() - startMs);
      await setTimeout(PAUSE_MS);
      holds.push(turn.longest());
    }
  };
  const during = await load(swaps());
  turn.stop();
  observer.disconnect();
  dataPlane.close();
  await thread.close();
  const ms = (us: number): string => (us / 1000).toFixed(2);
  const median = (values: number[]): string => values.sort((a, b) => a - b)[values.length >> 1]!.toFixed(1);
  return {
    'prepared in': aside ? 'its thread' : 'the serving one',
    'activation, ms': median(tookMs),
    'longest hold, ms': median(holds),
    'longest of all': holds.at(-1)!.toFixed(1),
    'p50 base': ms(base.percentile(50)),
    'p99 base': ms(base.percentile(99)),
    'p99 swaps': ms(during.percentile(99)),
    'p99.9 swaps': ms(during.percentile(99.9)),
    'longest gc, ms': Math.max(0, ...collections).toFixed(1),
    'rss, MB': (process.memoryUsage.rss() / 1e6).toFixed(0),
  };
}

const table: Record<string, Row> = {};
for (const subject of [await grants('small', 1000), await demo(), await grants('10 MB', 1e7)]) {
  for (const aside of [false, true]) {
    table[`${subject.name}${aside ? ' ' : ''}`] = await measure(subject, aside);
  }
}
console.table(table);
