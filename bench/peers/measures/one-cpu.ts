/**
 * One call at a time with client and server on one CPU: what a decision costs both of them, without the wake-ups of a second CPU. The
 * client is h2load, which costs less than ours: what it costs is in all figures. The floor is two C programs that send each other as many
 * bytes the same way.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, inTurns, others, own, SERVER_CPU, withServers } from '../bench.ts';
import { bodyFile, h2load, hasH2load, steadyMessage } from '../load/h2load.ts';
import { canPin, run, temporaryFolder } from '../processes.ts';

const PING_PONG = fileURLToPath(new URL('../load/ping-pong.c', import.meta.url));

export async function oneCpu(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  if (!canPin) {
    bench.remark('One call at a time on one CPU is left out: there is no taskset here.');
    return;
  }
  if (!hasH2load()) {
    bench.remark(
      'One call at a time on one CPU is left out: there is no h2load (package nghttp2-client) here.',
    );
    return;
  }
  bench.say('one call at a time, on one CPU');
  const peers = [
    ...others(bench, 'plugin', 'opa', 'cerbos'),
    ...bench.transports.flatMap((transport) =>
      [true, false].flatMap((cache) => own(bench, { transport, cache })),
    ),
    ...[true, false].flatMap((cache) => own(bench, { transport: bench.transports[0]!, cache, log: 'seen' })),
  ];
  await withServers(bench, site, peers, async (servers) => {
    await inTurns(bench, servers, async (server) => {
      const message = steadyMessage(site.traffic.messages[server.target.protocol]!);
      const { perSecond, cpuUs } = await h2load(server.target, await bodyFile(server.target, message), {
        connections: 1,
        streams: 1,
        durationMs: bench.flags.quick ? 500 : 1500,
        cpu: SERVER_CPU,
      });
      const key = { measure: 'one-cpu', set: 'roles', load: '1x1', peer: server.peer.name };
      bench.figures.addAll(key, { perSecond, cpuUs, meanUs: 1e6 / perSecond });
    });
  });
  await floor(bench);
}

async function floor(bench: Bench): Promise<void> {
  if (spawnSync('cc', ['--version']).status !== 0) {
    bench.remark('The floor of a C ping-pong is left out: there is no C compiler (cc) here.');
    return;
  }
  const program = join(await temporaryFolder(), 'ping-pong');
  await run('cc', ['-O2', '-o', program, PING_PONG]);
  for (let round = 0; round < bench.flags.rounds; round++) {
    const us = Number(
      await run(program, ['900', '120', bench.flags.quick ? '20000' : '60000'], { cpu: SERVER_CPU }),
    );
    bench.figures.add({ measure: 'one-cpu', set: 'roles', load: '1x1', peer: 'floor', metric: 'meanUs' }, us);
  }
}
