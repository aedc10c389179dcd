/** Whether our load generator sees what h2load sees: both send one message, over and over, to the same server. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bench, CLIENT_CPU, inTurns, load, own, withServers } from '../bench.ts';
import { COUNTER, writeMessages } from '../load/job.ts';
import { processorTimeUs } from '../load/processor-time.ts';
import { run, temporaryFolder } from '../processes.ts';
import { NARROW, shapeName, WIDE } from './throughput.ts';

export async function clientCheck(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  if (spawnSync('h2load', ['--version']).status !== 0) {
    bench.remark(
      'The load generator is not compared with h2load (package nghttp2-client), which is not here.',
    );
    return;
  }
  bench.say('the load generator beside h2load');
  const message = site.traffic.messages.ext_authz!.find(
    ({ allowed, bytes }) => allowed && !Buffer.from(bytes).includes(COUNTER),
  )!;
  const folder = join(await temporaryFolder(), 'one');
  await run('mkdir', [folder]);
  const body = join(folder, 'body');
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.bytes.length, 1);
  await writeFile(body, Buffer.concat([prefix, message.bytes]));
  const file = join(folder, 'one.messages');
  // Whenever the series begins anew the server’s table of headers is emptied, which h2load never does: seldom, then.
  await writeMessages(
    file,
    Array.from({ length: 8192 }, () => message),
  );
  const alone = { ...site, messages: { ext_authz: file } };
  const durationMs = bench.flags.quick ? 600 : 1500;
  await withServers(
    bench,
    site,
    own(bench, { transport: bench.transports[0]!, cache: true }),
    async (servers) => {
      for (const shape of [NARROW, WIDE]) {
        await inTurns(bench, servers, async (server) => {
          const key = { measure: 'client', set: 'roles', load: shapeName(shape) } as const;
          const { perSecond, serverCpuUs, answers } = await load(bench, alone, server, {
            ...shape,
            durationMs,
            sameHeaders: true,
          });
          bench.figures.addAll({ ...key, peer: 'own-client' }, { perSecond, cpuUs: serverCpuUs / answers });
          const { port, path, pid } = server.target;
          const counts = [
            '-D',
            `${durationMs}ms`,
            '--warm-up-time=200ms',
            '-c',
            String(shape.connections),
            '-m',
            String(shape.streams),
          ];
          const headers = ['content-type: application/grpc', 'te: trailers', 'grpc-timeout: 5000m'];
          const beforeUs = processorTimeUs(pid);
          const printed = await run(
            'h2load',
            [
              ...counts,
              '-d',
              body,
              ...headers.flatMap((each) => ['-H', each]),
              `http://127.0.0.1:${port}${path}`,
            ],
            { cpu: CLIENT_CPU },
          );
          const rate = Number(/([\d.]+) req\/s/.exec(printed)?.[1]);
          const done = Number(/(\d+) succeeded/.exec(printed)?.[1]);
          // Its warm-up is in the processor time too, and in no count.
          const seconds = durationMs / 1000 + 0.2;
          bench.figures.addAll(
            { ...key, peer: 'h2load' },
            {
              perSecond: rate,
              cpuUs: (processorTimeUs(pid) - beforeUs) / ((done * seconds * 1000) / durationMs),
            },
          );
          bench.figures.add({ ...key, peer: 'own-client', metric: 'ratio' }, perSecond / rate);
        });
      }
    },
  );
}
