/** Latency at fixed rates, open loop: counted from when each call was due. */
import { type Bench, inTurns, load, others, own, withServers } from '../bench.ts';

const RATES = [1000, 3000, 20_000];
/** Below this share of the calls answered in time, a server does not follow. */
export const FOLLOWS = 0.98;
const CONNECTIONS = 4;
/** A peer that does not follow is not asked again at this rate. */
const STREAMS = 256;

export async function latency(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  const transport = bench.transports[0]!;
  const peers = [
    ...others(bench, 'plugin', ...(bench.flags.quick ? [] : ['opa', 'cerbos'])),
    ...[true, false].flatMap((cache) => own(bench, { transport, cache })),
  ];
  const durationMs = bench.flags.quick ? 1000 : 4000;
  await withServers(bench, site, peers, async (servers) => {
    for (const perSecond of RATES) {
      bench.say(`latency: ${perSecond}/s`);
      const behind = new Set<string>();
      const act = async (server: (typeof servers)[number]): Promise<void> => {
        if (behind.has(server.peer.name)) return;
        const wanted = { connections: CONNECTIONS, streams: STREAMS, perSecond, durationMs, warmUpMs: 300 };
        const {
          answers,
          failed,
          unsent,
          latency: times,
          latenessP99Us,
        } = await load(bench, site, server, wanted);
        const servedShare = (answers - failed) / (answers + unsent);
        if (servedShare < FOLLOWS) behind.add(server.peer.name);
        bench.figures.addAll(
          { measure: 'latency', set: 'roles', load: `${perSecond}/s`, peer: server.peer.name },
          { p50Us: times.p50Us, p99Us: times.p99Us, p999Us: times.p999Us, servedShare, latenessP99Us },
        );
      };
      await inTurns(bench, servers, act, Math.min(bench.flags.rounds, 3));
    }
  });
}
