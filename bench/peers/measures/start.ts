/** From starting a process to its first right answer. Of ours with nothing kept from before (cold) and with its last bundle (warm). */
import { type Bench, others, SERVER_CPU } from '../bench.ts';
import { firstRightAnswerMs } from '../load/first-answer.ts';
import { ownPeer, prepareOwn, startOwn } from '../own.ts';
import type { Server } from '../peers.ts';
import { temporaryFolder } from '../processes.ts';
import type { Site } from '../site.ts';

export async function startUp(bench: Bench): Promise<void> {
  for (const site of bench.sites.values()) {
    if (site.set.name !== 'roles' && (bench.flags.quick || site.set.name !== 'permissions')) continue;
    bench.say(`start: ${site.set.title}`);
    const peers = others(bench, 'plugin', 'opa', 'cerbos').filter(
      ({ name }) => name !== 'cerbos' || typeof site.set.cerbos !== 'string',
    );
    for (let round = 0; round < bench.flags.rounds; round++) {
      for (const peer of peers) await timed(bench, site, 'cold', () => peer.start(site, SERVER_CPU));
      if (bench.flags.peers.includes('own')) await ownStarts(bench, site);
    }
  }
}

async function ownStarts(bench: Bench, site: Site): Promise<void> {
  const options = { transport: bench.transports[0]!, cache: true };
  const peer = ownPeer(bench.main, bench.hasTransportKey, options);
  const { bundle, publicKey } = site;
  const prepared = await prepareOwn(
    await temporaryFolder(),
    bundle,
    publicKey,
    options,
    bench.hasTransportKey,
  );
  for (const kind of ['cold', 'warm'])
    await timed(bench, site, kind, () => startOwn(peer, bench.main, prepared, SERVER_CPU));
}

async function timed(bench: Bench, site: Site, load: string, begin: () => Promise<Server>): Promise<void> {
  const server = await begin();
  try {
    const { target, process, peer } = server;
    const message = site.traffic.messages[target.protocol]!.find(({ allowed }) => allowed)!;
    const ms = (await firstRightAnswerMs(target, message)) - process.startedMs;
    bench.figures.add({ measure: 'start', set: site.set.name, load, peer: peer.name, metric: 'ms' }, ms);
  } finally {
    await server.stop();
  }
}
