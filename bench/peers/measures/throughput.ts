/** Throughput and processor time, closed loop: on every policy set, and on that of roles and paths with all who can be asked. */
import { type Bench, inTurns, load, memoryMb, metric, others, own, withServers } from '../bench.ts';
import type { JobResult } from '../load/job.ts';
import type { Peer, Server } from '../peers.ts';
import type { Site } from '../site.ts';

interface Shape {
  readonly connections: number;
  readonly streams: number;
}

export const shapeName = ({ connections, streams }: Shape): string => `${connections}x${streams}`;
const ONE: Shape = { connections: 1, streams: 1 };
export const NARROW: Shape = { connections: 1, streams: 32 };
export const WIDE: Shape = { connections: 4, streams: 32 };

export async function throughput(bench: Bench): Promise<void> {
  for (const site of bench.sites.values()) {
    const { quick } = bench.flags;
    const main = site.set.name === 'roles';
    const transports = main ? bench.transports : bench.transports.slice(0, 1);
    const peers: readonly Peer[] = [
      ...others(
        bench,
        'plugin',
        ...(main && !quick ? ['plugin-logs'] : []),
        ...(main || !quick ? ['opa', 'cerbos'] : []),
      ),
      ...transports.flatMap((transport) =>
        [true, false].flatMap((cache) => own(bench, { transport, cache })),
      ),
      ...(main
        ? [true, false].flatMap((cache) => own(bench, { transport: transports[0]!, cache, log: 'seen' }))
        : []),
    ];
    const shapes = main ? [ONE, NARROW, WIDE] : quick ? [WIDE] : [NARROW, WIDE];
    bench.say(`throughput: ${site.set.title}`);
    await withServers(bench, site, peers, async (servers) => {
      const before = new Map<Server, Counts>();
      for (const server of servers) before.set(server, await countsOf(server));
      for (const shape of shapes) {
        await inTurns(bench, servers, async (server) => {
          const result = await load(bench, site, server, shape);
          addThroughput(bench, 'throughput', site, server, shapeName(shape), result);
        });
      }
      for (const server of servers) await addTotals(bench, site, server, before.get(server)!);
    });
  }
}

/** What every closed loop says. */
export function addThroughput(
  bench: Bench,
  measure: string,
  site: Site,
  server: Server,
  loadName: string,
  result: JobResult,
): void {
  const key = { measure, set: site.set.name, load: loadName, peer: server.peer.name };
  const { answers, perSecond, serverCpuUs, clientCpuUs, latency, failed } = result;
  bench.figures.addAll(key, {
    perSecond,
    cpuUs: serverCpuUs / answers,
    clientCpuUs: clientCpuUs / answers,
    meanUs: latency.meanUs,
    p50Us: latency.p50Us,
    p99Us: latency.p99Us,
    failedShare: failed / (answers + failed),
  });
}

interface Counts {
  readonly cached: number;
  readonly all: number;
}

const DECISIONS = 'portcullis_decisions_total';
const LOG_ENTRIES = 'portcullis_decision_log_entries_total';

async function countsOf(server: Server): Promise<Counts> {
  if (server.metricsUrl === undefined) return { cached: 0, all: 0 };
  return { cached: await metric(server, DECISIONS, 'cached="true"'), all: await metric(server, DECISIONS) };
}

/** Memory, and of ours how many answers came from the cache and whether every decision was logged. */
async function addTotals(bench: Bench, site: Site, server: Server, before: Counts): Promise<void> {
  const key = { measure: 'memory', set: site.set.name, load: 'all', peer: server.peer.name };
  bench.figures.add({ ...key, metric: 'memoryMb' }, memoryMb(server));
  if (server.metricsUrl === undefined) return;
  const { cached, all } = await countsOf(server);
  const hitShare = (cached - before.cached) / (all - before.all);
  bench.figures.add({ ...key, measure: 'hits', metric: 'hitShare' }, hitShare);
  const dropped = await metric(server, LOG_ENTRIES, 'result="dropped"');
  if (dropped > 0) {
    const share = ((100 * dropped) / all).toFixed(1);
    bench.remark(
      `${server.peer.title}, ${site.set.title}: ${share} % of the decision log entries were dropped, because the file could not take them as fast.`,
    );
  }
}
