/** Who is compared: how each is started on a policy set, with what its makers' documents advise for production. */
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { opaTool } from '../../src/authoring/opa-tool.ts';
import { install, opaEnvoyPlugin, run as runTool } from '../../test/support/tools.ts';
import type { Target } from './load/job.ts';
import { type Cpu, freePort, type Started, start, temporaryFolder } from './processes.ts';
import { ENTRYPOINT } from './sets/policy-set.ts';
import type { Site } from './site.ts';

export interface Peer {
  readonly name: string;
  /** Which of them it is, with its version, for the tables. */
  readonly title: string;
  start(site: Site, cpu: Cpu): Promise<Server>;
}

export interface Server {
  readonly peer: Peer;
  readonly process: Started;
  readonly target: Target;
  /** Of ours: its metrics page. */
  readonly metricsUrl?: string;
  /** A file that grows with each decision. */
  readonly logFile?: string;
  /** Of ours: what it watches. */
  readonly bundle?: string;
  readonly stateDir?: string;
  readonly stop: () => Promise<void>;
}

const CERBOS_VERSION = '0.55.0';
export const CHECK: string = '/envoy.service.auth.v3.Authorization/Check';

/** A server that listens, or the reason why it does not. */
export async function listening(process: Started, port: number): Promise<void> {
  for (let attempt = 0; attempt < 15_000; attempt++) {
    if (process.hasEnded()) throw new Error(`it ended: ${process.printed.join('\n')}`);
    const accepted = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (accepted) return;
    await sleep(2);
  }
  throw new Error(`it does not listen: ${process.printed.join('\n')}`);
}

export const loopback = (port: number): string => `127.0.0.1:${port}`;

/** opa-envoy-plugin: console logs of decisions are off unless asked for; other logs as it comes. */
export async function pluginPeer(options: { readonly logs: boolean }): Promise<Peer> {
  const program = await opaEnvoyPlugin();
  const peer: Peer = {
    name: options.logs ? 'plugin-logs' : 'plugin',
    title: options.logs ? 'opa-envoy-plugin, decision logs on' : 'opa-envoy-plugin 1.15.2',
    start: async (site, cpu) => {
      const folder = await temporaryFolder();
      const [port, http] = [await freePort(), await freePort()];
      const file = join(folder, 'config.json');
      const logFile = join(folder, 'decisions.log');
      const plugins = { envoy_ext_authz_grpc: { addr: loopback(port), path: ENTRYPOINT } };
      await writeFile(
        file,
        JSON.stringify({ plugins, ...(options.logs && { decision_logs: { console: true } }) }),
      );
      const args = [
        'run',
        '--server',
        '--skip-version-check',
        `--addr=${loopback(http)}`,
        `--config-file=${file}`,
      ];
      const files = [join(site.policies, 'policy.rego'), join(site.policies, 'data.json')];
      // OPA prints its logs on standard error; a shell sends them to the file.
      const command = ['-c', 'exec "$0" "$@" 2>>"$LOG_FILE"', program, ...args, ...files];
      const process = options.logs
        ? start('sh', command, { cpu, env: { LOG_FILE: logFile } })
        : start(program, [...args, ...files], { cpu });
      await listening(process, port);
      const target = {
        host: '127.0.0.1',
        port,
        protocol: 'ext_authz',
        path: CHECK,
        pid: process.pid,
      } as const;
      return { peer, process, target, ...(options.logs && { logFile }), stop: process.stop };
    },
  };
  return peer;
}

/** OPA's REST server, over HTTP/2 without TLS, asked by its Data API. */
export async function opaPeer(): Promise<Peer> {
  const program = await opaTool();
  const peer: Peer = {
    name: 'opa',
    title: 'OPA 1.22.2, REST',
    start: async (site, cpu) => {
      const port = await freePort();
      const args = [
        'run',
        '--server',
        '--h2c',
        '--skip-version-check',
        '--log-level=error',
        `--addr=${loopback(port)}`,
      ];
      const files = [join(site.policies, 'policy.rego'), join(site.policies, 'data.json')];
      const process = start(program, [...args, ...files], { cpu });
      await listening(process, port);
      const path = `/v1/data/${ENTRYPOINT}`;
      const target = { host: '127.0.0.1', port, protocol: 'opa', path, pid: process.pid } as const;
      return { peer, process, target, stop: process.stop };
    },
  };
  return peer;
}

/** Cerbos, asked by CheckResources over gRPC. */
export async function cerbosPeer(): Promise<Peer> {
  const name = '@cerbos/cerbos-linux-x64';
  const within = `node_modules/${name}/cerbos-linux-x64`;
  const program = await install(`cerbos-${CERBOS_VERSION}`, within, async (folder) => {
    const args = ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', folder];
    await runTool('npm', [...args, `${name}@${CERBOS_VERSION}`]);
  });
  const peer: Peer = {
    name: 'cerbos',
    title: `Cerbos ${CERBOS_VERSION}`,
    start: async (site, cpu) => {
      const { cerbos } = site.set;
      if (typeof cerbos === 'string') throw new Error(cerbos);
      const folder = await temporaryFolder();
      await mkdir(join(folder, 'policies'));
      for (const [file, text] of Object.entries(cerbos.files))
        await writeFile(join(folder, 'policies', file), text);
      const [port, http] = [await freePort(), await freePort()];
      const file = join(folder, 'config.yaml');
      await writeFile(
        file,
        `server: { grpcListenAddr: "${loopback(port)}", httpListenAddr: "${loopback(http)}" }
telemetry: { disabled: true }
storage:
  driver: disk
  disk: { directory: ${join(folder, 'policies')}, watchForChanges: false }
${cerbos.configuration}`,
      );
      const process = start(program, ['server', `--config=${file}`, '--log-level=error'], { cpu });
      await listening(process, port);
      const path = '/cerbos.svc.v1.CerbosService/CheckResources';
      const target = { host: '127.0.0.1', port, protocol: 'cerbos', path, pid: process.pid } as const;
      return { peer, process, target, stop: process.stop };
    },
  };
  return peer;
}

/** Throws away what a server has logged so far: minutes of load would fill a disk. */
export async function emptyLog({ logFile }: Server): Promise<void> {
  if (logFile !== undefined) await truncate(logFile, 0);
}
