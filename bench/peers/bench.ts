/** What the measures share: who is compared on what, how long, and where figures and remarks go. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from './figures.ts';
import type { Flags } from './flags.ts';
import type { Job, JobResult } from './load/job.ts';
import { peakMemoryBytes } from './load/processor-time.ts';
import { runLoad } from './load/run.ts';
import { type OwnOptions, ownPeer } from './own.ts';
import { emptyLog, type Peer, type Server } from './peers.ts';
import type { Cpu } from './processes.ts';
import type { Site } from './site.ts';

export const SERVER_CPU: Cpu = 1;
export const CLIENT_CPU: Cpu = 0;

export interface Bench {
  readonly flags: Flags;
  readonly figures: Figures;
  /** The peers that can be had and are wanted, by name. */
  readonly others: ReadonlyMap<string, Peer>;
  /** Our transports, the one of the targets first. */
  readonly transports: readonly OwnOptions['transport'][];
  /** Our `main.js`. */
  readonly main: string;
  /** Whether the configuration knows `grpc.transport`. */
  readonly hasTransportKey: boolean;
  /** Whether `workers: auto` is valid. */
  readonly hasWorkers: boolean;
  readonly sites: ReadonlyMap<string, Site>;
  /** What a reader must know of the figures. */
  remark(text: string): void;
  /** Progress, on standard error. */
  say(text: string): void;
}

/** A server of ours; nothing when we are not wanted. */
export function own(bench: Bench, options: OwnOptions): readonly Peer[] {
  return bench.flags.peers.includes('own') ? [ownPeer(bench.main, bench.hasTransportKey, options)] : [];
}

/** Peers by name, those that can be had. */
export const others = (bench: Bench, ...names: readonly string[]): readonly Peer[] =>
  names.flatMap((name) => bench.others.get(name) ?? []);

/** The site of a policy set; undefined when it is not wanted. */
export const siteOfSet = (bench: Bench, set: string): Site | undefined => bench.sites.get(set);

export interface LoadOptions {
  readonly connections: number;
  readonly streams: number;
  readonly perSecond?: number;
  readonly warmUpMs?: number;
  readonly durationMs?: number;
  readonly latenciesFile?: string;
  readonly sameHeaders?: boolean;
  readonly clientCpu?: Cpu;
}

const FULL_MS = 1000;
const QUICK_MS = 400;

/** Puts load on a server with the traffic of its site. */
export async function load(
  bench: Bench,
  site: Site,
  server: Server,
  options: LoadOptions,
): Promise<JobResult> {
  const { clientCpu = CLIENT_CPU, ...rest } = options;
  const job: Job = {
    warmUpMs: 200,
    durationMs: bench.flags.quick ? QUICK_MS : FULL_MS,
    ...rest,
    target: server.target,
    messagesFile: site.messages[server.target.protocol]!,
  };
  const result = await runLoad(job, clientCpu).catch((error: Error) => {
    if (!server.process.hasEnded()) throw error;
    const last = server.process.printed.join('\n');
    throw new Error(`the server ended under load: ${last}`, { cause: error });
  });
  await emptyLog(server);
  return result;
}

/**
 * Starts the peers on a site, warms them up (code is compiled while it runs, caches are filled), and ends them afterwards. A peer that
 * does not start is left out with a remark.
 */
export async function withServers(
  bench: Bench,
  site: Site,
  peers: readonly Peer[],
  work: (servers: readonly Server[]) => Promise<void>,
  cpu: Cpu = SERVER_CPU,
): Promise<void> {
  const servers: Server[] = [];
  try {
    for (const peer of peers) {
      if (peer.name === 'cerbos' && typeof site.set.cerbos === 'string') {
        bench.remark(`${peer.title} is not compared on ${site.set.title}: ${site.set.cerbos}.`);
        continue;
      }
      servers.push(await peer.start(site, cpu));
    }
    await inTurns(
      bench,
      servers,
      async (server) => {
        const durationMs = bench.flags.quick ? 300 : 4000;
        await load(bench, site, server, { connections: 4, streams: 32, warmUpMs: 50, durationMs });
      },
      1,
    );
    await work(servers);
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Rounds in which all servers take turns: A B C A B C. */
export async function inTurns(
  bench: Bench,
  servers: readonly Server[],
  act: (server: Server, round: number) => Promise<void>,
  rounds: number = bench.flags.rounds,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) {
      try {
        await act(server, round);
      } catch (cause) {
        throw new Error(`${server.peer.title}: ${(cause as Error).message}`, { cause });
      }
      await sleep(20);
    }
  }
}

/** The sum of the samples of a metric on our page, those whose labels hold all of the words. */
export async function metric(server: Server, name: string, ...words: readonly string[]): Promise<number> {
  const page = await (await fetch(server.metricsUrl!)).text();
  return page
    .split('\n')
    .filter((line) => line.startsWith(name) && words.every((word) => line.includes(word)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

export const memoryMb = (server: Server): number => peakMemoryBytes(server.process.pid) / 2 ** 20;
