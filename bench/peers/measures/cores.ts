/** Nobody is pinned, the server may use all CPUs beside the client: what several threads or workers bring. */
import { type Bench, inTurns, load, others, own, withServers } from '../bench.ts';
import { addThroughput, shapeName } from './throughput.ts';

/** The kernel spreads connections over workers by chance: of 4, all are at one worker in one run of eight; of 16 never. */
const MANY = { connections: 16, streams: 32 };

const WORKERS: readonly { readonly workers?: string }[] = [{}, { workers: 'auto' }];

/** Each worker compiles what it runs by itself, on the cores on which all work. */
const WARM_UP = { quick: 1500, full: 5000 };

export async function cores(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  bench.say('unpinned');
  const transport = bench.transports[0]!;
  const peers = [
    ...others(bench, 'plugin', 'cerbos'),
    ...[true, false].flatMap((cache) =>
      WORKERS.slice(0, bench.hasWorkers ? 2 : 1).flatMap((more) => own(bench, { transport, cache, ...more })),
    ),
  ];
  const shape = { ...MANY, clientCpu: 'any' } as const;
  const durationMs = bench.flags.quick ? WARM_UP.quick : WARM_UP.full;
  const work = async (servers: Parameters<Parameters<typeof withServers>[3]>[0]): Promise<void> => {
    await inTurns(
      bench,
      servers,
      async (server) => void (await load(bench, site, server, { ...shape, durationMs })),
      1,
    );
    await inTurns(bench, servers, async (server) => {
      const result = await load(bench, site, server, shape);
      addThroughput(bench, 'cores', site, server, shapeName(MANY), result);
    });
  };
  await withServers(bench, site, peers, work, 'any');
}
