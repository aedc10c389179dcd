/** What a line of the decision log costs: processor time of decisions with the log on less that without, from the cache. */
import { stat } from 'node:fs/promises';
import { type Bench, CLIENT_CPU, inTurns, load, metric, own, withServers } from '../bench.ts';
import { runLoad } from '../load/run.ts';
import type { Server } from '../peers.ts';
import { shapeName, WIDE } from './throughput.ts';

/** At this rate nothing is dropped, and the time of a line can be seen. */
const PER_SECOND = 4000;

export async function logLine(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  bench.say('cost of a log line');
  const transport = bench.transports[0]!;
  const peers = [{}, { log: 'seen' as const }, { log: 'none' as const }].flatMap((log) =>
    own(bench, { transport, cache: true, ...log }),
  );
  await withServers(bench, site, peers, async (servers) => {
    for (const shape of [WIDE, { ...WIDE, perSecond: PER_SECOND }] as const) {
      const name = 'perSecond' in shape ? `${PER_SECOND}/s` : shapeName(shape);
      const pair = new Map<Server, number>();
      const act = async (server: Server): Promise<void> => {
        const dropped = server.logFile === undefined ? 0 : await metric(server, ENTRIES, 'result="dropped"');
        const result = await load(bench, site, server, shape);
        const key = { measure: 'log', set: 'roles', load: name, peer: server.peer.name };
        pair.set(server, result.serverCpuUs / result.answers);
        bench.figures.add({ ...key, metric: 'cpuUs' }, pair.get(server)!);
        const off = servers.at(-1);
        if (server === off) {
          for (const on of servers.slice(0, -1)) {
            const us = pair.get(on)! - pair.get(off)!;
            bench.figures.add({ ...key, peer: on.peer.name, metric: 'us' }, us);
          }
        } else {
          const lost = (await metric(server, ENTRIES, 'result="dropped"')) - dropped;
          if (lost > 0.01 * result.answers)
            bench.remark(
              `At ${name}, ${((100 * lost) / result.answers).toFixed(0)} % of the log lines were dropped: their cost is not in the figure.`,
            );
        }
      };
      await inTurns(bench, servers, act);
    }
    for (const server of servers) await bytesOfLine(bench, server);
  });
}

const ENTRIES = 'portcullis_decision_log_entries_total';

async function bytesOfLine(bench: Bench, server: Server): Promise<void> {
  const site = bench.sites.get('roles')!;
  if (server.logFile === undefined) return;
  const written = await metric(server, ENTRIES, 'result="written"');
  const messagesFile = site.messages.ext_authz!;
  const job = {
    target: server.target,
    messagesFile,
    connections: 1,
    streams: 4,
    perSecond: 1000,
    warmUpMs: 0,
    durationMs: 500,
  };
  await runLoad(job, CLIENT_CPU);
  // Lines wait to be written together.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const lines = (await metric(server, ENTRIES, 'result="written"')) - written;
  const { size } = await stat(server.logFile);
  bench.figures.add(
    { measure: 'log', set: 'roles', load: 'line', peer: server.peer.name, metric: 'bytes' },
    size / lines,
  );
}
