/** Nobody is pinned, the server may use all CPUs beside the client: what several threads or workers bring. */
import { type Bench, inTurns, load, others, own, withServers } from '../bench.ts';
import { addThroughput, shapeName, WIDE } from './throughput.ts';

export async function cores(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  bench.say('unpinned');
  const transport = bench.transports[0]!;
  const more = bench.hasWorkers ? { workers: 'auto' } : {};
  const peers = [
    ...others(bench, 'plugin', 'cerbos'),
    ...[true, false].flatMap((cache) => own(bench, { transport, cache, ...more })),
  ];
  const work = async (servers: Parameters<Parameters<typeof withServers>[3]>[0]): Promise<void> =>
    inTurns(bench, servers, async (server) => {
      const result = await load(bench, site, server, { ...WIDE, clientCpu: 'any' });
      addThroughput(bench, 'cores', site, server, shapeName(WIDE), result);
    });
  await withServers(bench, site, peers, work, 'any');
}
