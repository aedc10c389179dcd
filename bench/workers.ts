/**
 * What workers bring: `node bench/workers.ts` prints decisions a second, processor time of a decision and how many cores the server used,
 * with one thread and with two workers, in turns. The load generator is a process of its own; nobody is pinned. On two cores it takes its part of
 * one of them, so that only where decisions are dear can two workers be twice as fast: there it needs a few hundredths.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { buildProduct } from './peers/build.ts';
import type { Job } from './peers/load/job.ts';
import { runLoad } from './peers/load/run.ts';
import { type OwnOptions, ownPeer } from './peers/own.ts';
import { emptyLog, type Server } from './peers/peers.ts';
import { endAll, temporaryFolder } from './peers/processes.ts';
import type { PolicySet } from './peers/sets/policy-set.ts';
import { rolesAndPaths } from './peers/sets/roles-and-paths.ts';
import { type Site, siteOf } from './peers/site.ts';

interface Row {
  readonly title: string;
  readonly options: Pick<OwnOptions, 'cache' | 'log'>;
  readonly isDear?: boolean;
  readonly load?: Partial<Job>;
}

const WORKERS = ['1', '2'];
/** Enough for the kernel to spread over two workers about evenly, and for the client to send many at once. */
const SHAPE = { connections: 16, streams: 32 };
/** Each worker compiles what it runs by itself, and two do so on the cores on which they work. */
const WARM_UP_MS = 6_000;
const ROUND_MS = 2_000;
const ROUNDS = 5;

const ROWS: readonly Row[] = [
  { title: 'dear, uncached', options: { cache: false, log: 'none' }, isDear: true, load: { streams: 8 } },
  { title: 'roles and paths, uncached', options: { cache: false, log: 'none' } },
  { title: 'roles and paths, cached', options: { cache: true, log: 'none' } },
  // At a rate at which all lines are written: what is dropped costs nothing.
  {
    title: 'the same with the log, at 10,000/s',
    options: { cache: true },
    load: { perSecond: 10_000 },
  },
];

/** Each rule computes first, for some hundred microseconds in all: long, but below the slice after which a thread of its own would. */
function dear(set: PolicySet): PolicySet {
  const work = 'sum([i | some i in numbers.range(1, 40)]) == 820';
  return { ...set, name: 'dear', rego: set.rego.replaceAll('\nallow if {', `\nallow if {\n\t${work}`) };
}

interface Round {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly cores: number;
}

async function round(site: Site, server: Server, load: Partial<Job>): Promise<Round> {
  const messagesFile = site.messages.ext_authz!;
  const job = { ...SHAPE, warmUpMs: 200, durationMs: ROUND_MS, ...load, target: server.target, messagesFile };
  const { answers, durationMs, perSecond, serverCpuUs } = await runLoad(job, 'any');
  await emptyLog(server);
  await sleep(20);
  return { perSecond, cpuUs: serverCpuUs / answers, cores: serverCpuUs / 1000 / durationMs };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function measure(main: string, site: Site, { title, options, load = {} }: Row): Promise<void> {
  const servers: Server[] = [];
  for (const workers of WORKERS) {
    servers.push(await ownPeer(main, true, { transport: 'wire', ...options, workers }).start(site, 'any'));
  }
  const rounds = servers.map((): Round[] => []);
  for (const server of servers)
    await round(site, server, { streams: load.streams ?? SHAPE.streams, durationMs: WARM_UP_MS });
  for (let i = 0; i < ROUNDS; i++) {
    for (const [n, server] of servers.entries()) rounds[n]!.push(await round(site, server, load));
  }
  const of = (n: number, figure: keyof Round): number => median(rounds[n]!.map((each) => each[figure]));
  console.log(title);
  for (const [n, workers] of WORKERS.entries()) {
    const figures = `${of(n, 'cpuUs').toFixed(1)} µs a decision, ${of(n, 'cores').toFixed(2)} cores`;
    console.log(`  workers: ${workers}  ${of(n, 'perSecond').toFixed(0)}/s, ${figures}`);
  }
  console.log(`  ${(of(1, 'perSecond') / of(0, 'perSecond')).toFixed(2)} times as many`);
  for (const server of servers) await server.stop();
}

try {
  const main = await buildProduct((text) => console.error(text));
  const folder = await temporaryFolder();
  const sites = [
    await siteOf(rolesAndPaths(), main, folder),
    await siteOf(dear(rolesAndPaths()), main, folder),
  ];
  for (const row of ROWS) await measure(main, sites[row.isDear === true ? 1 : 0]!, row);
} finally {
  await endAll();
}
