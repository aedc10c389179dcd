/** A real Envoy for a test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runProcess } from '../../src/authoring/run-process.ts';
import { ACCESS_LOG, type Block } from './envoy-config.ts';
import { envoy } from './tools.ts';
import { until } from './until.ts';

/** One request, as the access log tells it: the fields of `jsonLog`. Those without a value are null. */
export interface Logged {
  readonly listener: string;
  readonly tag: string | null;
  readonly path: string | null;
  readonly code: number;
  readonly details: string | null;
  readonly flags: string | null;
  /** Dynamic metadata of ext_authz. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly shadow: unknown;
}

export interface Envoy {
  /** The port of a listener, by its name. */
  port(listener: string): number;
  /** The sum of the counters and gauges whose names end so; fails when there are none. */
  counter(ending: string): Promise<number>;
  /** The entry of the request that carried this `x-test`; waits until it is written. */
  logged(tag: string): Promise<Logged>;
  stop(): Promise<void>;
}

const FLAGS = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'warning'];

/** Whether Envoy takes a configuration file, and what it prints. */
export async function validate(file: string): Promise<{ readonly valid: boolean; readonly printed: string }> {
  const args = [...FLAGS, '--mode', 'validate', '-c', file];
  const { exitCode, stdout, stderr } = await runProcess(await envoy(), args, {
    cwd: dirname(file),
    timeoutMs: 60_000,
  });
  return { valid: exitCode === 0, printed: `${stdout.toString()}${stderr}` };
}

/** Starts Envoy in a folder of its own, and waits until it is ready. Rejects with what it printed when it ends before. */
export async function startEnvoy(config: Block): Promise<Envoy> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-envoy-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const file = join(folder, 'envoy.json');
    await writeFile(file, JSON.stringify(config));
    const { valid, printed } = await validate(file);
    if (!valid) throw new Error(`Envoy refuses the configuration:\n${printed}`);
    return await run(folder, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}

async function run(folder: string, remove: () => Promise<void>): Promise<Envoy> {
  // The access log is written after at most so many milliseconds: 10 seconds would be the default.
  const args = [
    ...FLAGS,
    '-c',
    'envoy.json',
    '--admin-address-path',
    'admin',
    '--file-flush-interval-msec',
    '20',
  ];
  const child = spawn(await envoy(), args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'exit');
  const printed = text(child.stderr);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    kill();
    await ended;
    await remove();
  };
  try {
    const admin = await until(
      () => adminUrl(child, folder),
      (url) => url !== undefined,
    );
    await until(
      () => isReady(child, admin!),
      (ready) => ready,
    );
    const ports = await listenerPorts(admin!);
    return {
      port: (listener) => ports.get(listener)!,
      counter: (ending) => counter(admin!, ending),
      logged: (tag) => logged(join(folder, ACCESS_LOG), tag),
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`Envoy did not start:\n${await printed}`, { cause: error });
  }
}

/** Undefined until Envoy has bound it. */
async function adminUrl(child: ChildProcess, folder: string): Promise<string | undefined> {
  if (child.exitCode !== null) throw new Error(`Envoy ended with ${child.exitCode}`);
  const address = await readFile(join(folder, 'admin'), 'utf8').catch(() => '');
  return address === '' ? undefined : `http://${address}`;
}

async function isReady(child: ChildProcess, admin: string): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`Envoy ended with ${child.exitCode}`);
  const response = await fetch(`${admin}/ready`);
  await response.arrayBuffer();
  return response.ok;
}

async function listenerPorts(admin: string): Promise<ReadonlyMap<string, number>> {
  const { listener_statuses } = (await (await fetch(`${admin}/listeners?format=json`)).json()) as {
    listener_statuses: { name: string; local_address: { socket_address: { port_value: number } } }[];
  };
  return new Map(
    listener_statuses.map(({ name, local_address }) => [name, local_address.socket_address.port_value]),
  );
}

async function counter(admin: string, ending: string): Promise<number> {
  const { stats } = (await (await fetch(`${admin}/stats?format=json`)).json()) as {
    stats: { name?: string; value: number }[];
  };
  const found = stats.filter(({ name }) => name?.endsWith(ending));
  if (found.length === 0) throw new Error(`Envoy counts nothing that ends with ${ending}`);
  return found.reduce((sum, { value }) => sum + value, 0);
}

async function logged(file: string, tag: string): Promise<Logged> {
  const entry = await until(
    async () => {
      const lines = (await readFile(file, 'utf8')).split('\n');
      // The last line may be half-written.
      const entries = lines.slice(0, -1).map((line) => JSON.parse(line) as Logged);
      return entries.find((each) => each.tag === tag);
    },
    (found) => found !== undefined,
    10_000,
  );
  return entry!;
}
