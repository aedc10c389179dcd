/** Portcullis among the peers. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECK, listening, loopback, type Peer, type Server } from './peers.ts';
import { type Cpu, freePort, start, temporaryFolder } from './processes.ts';
import { ENTRYPOINT } from './sets/policy-set.ts';

export interface OwnOptions {
  readonly transport: 'wire' | 'grpc-js';
  readonly cache: boolean;
  /** To a file, with masks: with the whole input when left out, or with what the policy sees of it. */
  readonly log?: 'seen' | 'none';
  /** PEM files. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
  /** `workers` of the configuration; left to its default when left out. */
  readonly workers?: string;
}

const LOG_TITLES = { seen: 'log of what is seen', none: 'no log' };

/** Portcullis as a user runs it: built, a signed bundle, everything on that is on by default, and the log in a file. */
export function ownPeer(main: string, hasTransportKey: boolean, options: OwnOptions): Peer {
  const { transport, cache, log, tls, workers } = options;
  const more = [log && `log-${log}`, tls && 'tls', workers && `workers-${workers}`].filter(Boolean);
  const peer: Peer = {
    name: [transport, cache ? 'cached' : 'uncached', ...more].join('-'),
    title: [
      `Portcullis, ${transport}, ${cache ? 'cached' : 'uncached'}`,
      log && LOG_TITLES[log],
      tls && 'TLS',
      workers && `workers: ${workers}`,
    ]
      .filter(Boolean)
      .join(', '),
    start: async (site, cpu) => {
      const folder = await temporaryFolder();
      const bundle = join(folder, 'bundle.tar.gz');
      await writeFile(bundle, await readFile(site.bundle));
      const prepared = await prepareOwn(folder, bundle, site.publicKey, options, hasTransportKey);
      return startOwn(peer, main, prepared, cpu);
    },
  };
  return peer;
}

export interface Prepared {
  readonly configFile: string;
  readonly bundle: string;
  readonly stateDir: string;
  readonly logFile: string | undefined;
  readonly caFile: string | undefined;
}

/** Writes the configuration of a server. */
export async function prepareOwn(
  folder: string,
  bundle: string,
  publicKey: string,
  { transport, cache, log, tls, workers }: OwnOptions,
  hasTransportKey: boolean,
): Promise<Prepared> {
  const configFile = join(folder, 'portcullis.yaml');
  // In a folder of its own, as logs are: that of the bundle is watched.
  const logFile = join(folder, 'logs', 'decisions.jsonl');
  const stateDir = join(folder, 'state');
  const configuration = {
    stateDir,
    ...(workers !== undefined && { workers: workers === 'auto' ? 'auto' : Number(workers) }),
    grpc: {
      address: loopback(await freePort()),
      ...(hasTransportKey && { transport }),
      ...(tls !== undefined && { tls: { certFile: tls.certFile, keyFile: tls.keyFile } }),
    },
    http: { address: loopback(await freePort()) },
    keys: { bench: { algorithm: 'ES256', file: publicKey } },
    policySets: {
      shop: { bundles: { policy: { source: `file:${bundle}`, verification: { keys: ['bench'] } } } },
    },
    extAuthz: { entrypoint: ENTRYPOINT },
    cache: { enabled: cache },
    decisionLog:
      log === 'none'
        ? { enabled: false }
        : { sinks: [{ type: 'file', path: logFile, ...(log && { input: log }) }], mask: MASKED },
  };
  // JSON is YAML.
  await writeFile(configFile, JSON.stringify(configuration, undefined, 2));
  return { configFile, bundle, stateDir, logFile: log === 'none' ? undefined : logFile, caFile: tls?.caFile };
}

const MASKED = ['authorization', 'cookie', 'x-user'].map(
  (name) => `/input/attributes/request/http/headers/${name}`,
);

/** Starts it and waits until it listens. */
export async function startOwn(peer: Peer, main: string, prepared: Prepared, cpu: Cpu): Promise<Server> {
  const { configFile, logFile, bundle, stateDir, caFile } = prepared;
  const process = start(globalThis.process.execPath, [main, 'serve', '--config', configFile], { cpu });
  const { grpc, http } = JSON.parse(await readFile(configFile, 'utf8')) as Record<
    'grpc' | 'http',
    { address: string }
  >;
  const port = Number(grpc.address.split(':')[1]);
  await listening(process, port);
  return {
    peer,
    process,
    target: { host: '127.0.0.1', port, protocol: 'ext_authz', path: CHECK, caFile, pid: process.pid },
    metricsUrl: `http://${http.address}/metrics`,
    ...(logFile !== undefined && { logFile }),
    bundle,
    stateDir,
    stop: process.stop,
  };
}
