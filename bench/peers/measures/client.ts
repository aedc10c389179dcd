/** Whether our load generator sees what h2load sees: both send one message, over and over, to the same server. */
import { join } from 'node:path';
import { type Bench, CLIENT_CPU, inTurns, load, own, withServers } from '../bench.ts';
import { bodyFile, h2load, hasH2load, steadyMessage } from '../load/h2load.ts';
import { writeMessages } from '../load/job.ts';
import { temporaryFolder } from '../processes.ts';
import { NARROW, shapeName, WIDE } from './throughput.ts';

export async function clientCheck(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  if (!hasH2load()) {
    bench.remark(
      'The load generator is not compared with h2load (package nghttp2-client), which is not here.',
    );
    return;
  }
  bench.say('the load generator beside h2load');
  const message = steadyMessage(site.traffic.messages.ext_authz!);
  const body = await bodyFile({ protocol: 'ext_authz' }, message);
  const file = join(await temporaryFolder(), 'one.messages');
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
          const theirs = await h2load(server.target, body, { ...shape, durationMs, cpu: CLIENT_CPU });
          bench.figures.addAll({ ...key, peer: 'h2load' }, theirs);
          bench.figures.add({ ...key, peer: 'own-client', metric: 'ratio' }, perSecond / theirs.perSecond);
        });
      }
    },
  );
}
