/**
 * One call at a time with client and server on one CPU: what a decision costs both of them, without the wake-ups of a second CPU. The
 * floor is two C programs that send each other one byte message the same way.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bench, inTurns, load, others, own, SERVER_CPU, withServers } from '../bench.ts';
import { canPin, run, temporaryFolder } from '../processes.ts';
import { addThroughput } from './throughput.ts';

const PING_PONG = fileURLToPath(new URL('../load/ping-pong.c', import.meta.url));

export async function oneCpu(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  if (!canPin) {
    bench.remark('One call at a time on one CPU is left out: there is no taskset here.');
    return;
  }
  bench.say('one call at a time, on one CPU');
  const peers = [
    ...others(bench, 'plugin', 'opa', 'cerbos'),
    ...bench.transports.flatMap((transport) =>
      [true, false].flatMap((cache) => own(bench, { transport, cache })),
    ),
  ];
  await withServers(bench, site, peers, async (servers) => {
    await inTurns(bench, servers, async (server) => {
      const result = await load(bench, site, server, { connections: 1, streams: 1, clientCpu: SERVER_CPU });
      addThroughput(bench, 'one-cpu', site, server, '1x1', result);
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
