/** examples/envoy as its README.md says, on free ports and with patience for a busy machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { parse } from 'yaml';
import { runProcess } from '../../src/authoring/run-process.ts';
import { environment } from '../../src/config/environment.ts';
import { type Envoy, startEnvoy } from './envoy.ts';
import type { Block } from './envoy-config.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { until } from './until.ts';

const root = join(import.meta.dirname, '../..');
export const EXAMPLE: string = join(root, 'examples/envoy');

export interface ExampleFiles {
  /** In the example's folder. */
  readonly portcullis: string;
  readonly envoy: string;
  /** Whether they name certificates. */
  readonly tls: boolean;
  /** How many Portcullis there are, all of them in Envoy's cluster; 1 when left out. */
  readonly servers?: number;
}

export class EnvoyExample {
  readonly #folder: string;
  readonly #files: ExampleFiles;
  readonly #cleanups: (() => unknown)[] = [];
  readonly #variables: Record<string, string> = {};
  readonly #servers: ServerProcess[] = [];
  #envoy!: Envoy;

  private constructor(folder: string, files: ExampleFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Portcullis, the service and Envoy, each in a process of its own; they end with the test. */
  static async start(t: TestContext, files: ExampleFiles): Promise<EnvoyExample> {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-example-'));
    const example = new EnvoyExample(folder, files);
    t.after(async () => {
      for (const cleanup of example.#cleanups.reverse()) await cleanup();
      await rm(folder, { recursive: true, force: true });
    });
    if (files.tls) await example.run(`sh ${EXAMPLE}/certificates.sh .portcullis/certs`);
    for (let at = 0; at < (files.servers ?? 1); at++) {
      example.#cleanups.push(() => example.#servers[at]?.kill());
      await example.startPortcullis(at, '127.0.0.1:0');
    }
    const upstream = await startUpstream();
    example.#cleanups.push(() => upstream.child.kill('SIGKILL'));
    example.#envoy = await startEnvoy(await example.#config(upstream.port));
    example.#cleanups.push(() => example.#envoy.stop());
    return example;
  }

  /** By default where it was before. */
  async startPortcullis(at = 0, address: string = this.#servers[at]!.addresses.grpc!): Promise<void> {
    const tls = ['certFile=portcullis.crt', 'keyFile=portcullis.key', 'clientCaFile=ca.crt'];
    const set = [
      `stateDir=${join(this.#folder, `state-${at}`)}`,
      `grpc.address=${address}`,
      'http.address=127.0.0.1:0',
      `decisionLog.sinks=[{ type: file, path: ${join(this.#folder, 'decisions.jsonl')} }]`,
      ...(this.#files.tls
        ? tls.map((each) => `grpc.tls.${each.replace('=', `=${this.#folder}/certs/`)}`)
        : []),
    ];
    this.#servers[at] = await startServerProcess(
      join(EXAMPLE, this.#files.portcullis),
      set.flatMap((each) => ['--set', each]),
    );
  }

  /** As Ctrl-C does it. */
  async stopPortcullis(at = 0): Promise<void> {
    await this.#servers[at]!.stop();
  }

  /** Waits until Envoy takes so many of them for healthy. */
  async healthy(count: number): Promise<void> {
    await until(
      () => this.#envoy.counter('cluster.portcullis.membership_healthy'),
      (now) => now === count,
    );
  }

  /** Where a listener is. */
  url(listener: 'edge' | 'mesh'): string {
    return `http://127.0.0.1:${this.#envoy.port(listener)}`;
  }

  /** Runs a command of README.md and gives what it prints. `name=…` sets a variable for those after it. */
  async run(command: string): Promise<readonly string[]> {
    const name = /^(\w+)=/.exec(command)?.[1];
    const here = this.#here(command);
    const { stdout } = await runProcess('sh', ['-c', name ? `${here}; printf %s "$${name}"` : here], {
      cwd: root,
      env: { ...environment, ...this.#variables },
      timeoutMs: 60_000,
    });
    const text = stdout.toString();
    if (name === undefined) return text.trimEnd().split('\n');
    this.#variables[name] = text;
    return [];
  }

  /** The lines of `access.jsonl` or `decisions.jsonl`. */
  async log(name: string): Promise<Record<string, unknown>[]> {
    const lines = (await readFile(join(this.#folder, name), 'utf8')).split('\n');
    // The last line may be half-written.
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  #here(command: string): string {
    const listeners = { '10000': 'edge', '10001': 'mesh' };
    let here = command.replaceAll('.portcullis/certs', join(this.#folder, 'certs'));
    for (const [port, listener] of Object.entries(listeners))
      if (here.includes(`:${port}`)) here = here.replaceAll(`:${port}`, `:${this.#envoy.port(listener)}`);
    return here.replaceAll('npx node', process.execPath);
  }

  /** Other ports, longer time limits, and the access log in a file. */
  async #config(upstreamPort: number): Promise<Block> {
    const log = `file.v3.FileAccessLog","path":"${join(this.#folder, 'access.jsonl')}"`;
    const config = parse(await readFile(join(EXAMPLE, this.#files.envoy), 'utf8'));
    const [portcullis, service] = config.static_resources.clusters;
    setPorts(
      portcullis,
      this.#servers.map(({ addresses }) => portOf(addresses.grpc!)),
    );
    setPorts(service, [upstreamPort]);
    config.admin.address.socket_address.port_value = 0;
    for (const { address } of config.static_resources.listeners) address.socket_address.port_value = 0;
    const text = JSON.stringify(config)
      .replaceAll(/"(timeout|max_interval|connect_timeout)":"(?:0\.25|0\.1|1)s"/g, '"$1":"20s"')
      .replaceAll('.portcullis/certs', join(this.#folder, 'certs'))
      .replaceAll('stream.v3.StdoutAccessLog"', log);
    return JSON.parse(text) as Block;
  }
}

interface Cluster {
  readonly load_assignment: { endpoints: unknown };
}

/** One endpoint on loopback for each port. */
function setPorts({ load_assignment }: Cluster, ports: readonly number[]): void {
  load_assignment.endpoints = [
    {
      lb_endpoints: ports.map((port_value) => ({
        endpoint: { address: { socket_address: { address: '127.0.0.1', port_value } } },
      })),
    },
  ];
}

async function startUpstream(): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, [join(EXAMPLE, 'upstream.ts'), '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, port: portOf(line) };
}

const portOf = (text: string): number => Number(text.split(':').at(-1));
