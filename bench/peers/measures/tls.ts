/** Over TLS, closed loop. The plugin serves no TLS: it is compared as it is, without. */
import { join } from 'node:path';
import { type Bench, inTurns, load, others, own, withServers } from '../bench.ts';
import { run, temporaryFolder } from '../processes.ts';
import { addThroughput, NARROW, shapeName, WIDE } from './throughput.ts';

export async function overTls(bench: Bench): Promise<void> {
  const site = bench.sites.get('roles');
  if (site === undefined) return;
  bench.say('over TLS');
  const folder = await temporaryFolder();
  const [certFile, keyFile] = [join(folder, 'server.pem'), join(folder, 'server.key')];
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await run('openssl', [...request, ...names, '-keyout', keyFile, '-out', certFile]);
  const tls = { certFile, keyFile, caFile: certFile };
  const peers = [
    ...others(bench, 'plugin'),
    ...bench.transports.flatMap((transport) => own(bench, { transport, cache: true, tls })),
  ];
  await withServers(bench, site, peers, async (servers) => {
    for (const shape of [NARROW, WIDE]) {
      await inTurns(bench, servers, async (server) => {
        addThroughput(bench, 'tls', site, server, shapeName(shape), await load(bench, site, server, shape));
      });
    }
  });
}
