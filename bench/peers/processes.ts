/** Everything that a run starts, so that it can be ended whatever happens. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Linux CPUs by number; `any` for no pinning. */
export type Cpu = 0 | 1 | 'any';

export interface Started {
  readonly pid: number;
  /** When, by `performance.now()`. */
  readonly startedMs: number;
  /** The last lines that it printed on standard error. */
  readonly printed: readonly string[];
  /** Settles with a line of standard error, one that comes later than the call. Rejects when the process ends. */
  line(matches: (line: string) => boolean): Promise<string>;
  hasEnded(): boolean;
  readonly stop: () => Promise<void>;
}

export interface StartOptions {
  readonly cpu: Cpu;
  readonly env?: Readonly<Record<string, string>>;
  /** Gets its standard output. */
  readonly stdoutFile?: string;
}

const LINES_KEPT = 40;
const GRACE_MS = 3000;
const running = new Set<ChildProcess>();
const folders = new Set<string>();

const availableCpus = availableParallelism();

/** Whether processes can be pinned here: two CPUs and `taskset`. */
export const canPin: boolean = availableCpus >= 2 && spawnSync('taskset', ['-c', '1', 'true']).status === 0;

/** Keeps the harness off the servers' CPU. */
export function pinSelf(cpu: Cpu): void {
  if (canPin && cpu !== 'any') spawnSync('taskset', ['-a', '-p', '-c', String(cpu), String(process.pid)]);
}

export function pinned(program: string, args: readonly string[], cpu: Cpu): [string, readonly string[]] {
  if (!canPin) return [program, args];
  // The harness itself is pinned, and what it starts would be so as well.
  const cpus = cpu === 'any' ? `0-${availableCpus - 1}` : String(cpu);
  return ['taskset', ['-c', cpus, program, ...args]];
}

/** Starts a server. */
export function start(program: string, args: readonly string[], options: StartOptions): Started {
  const [command, all] = pinned(program, args, options.cpu);
  const out = options.stdoutFile === undefined ? 'ignore' : openSync(options.stdoutFile, 'a');
  const startedMs = performance.now();
  const child = spawn(command, all, {
    stdio: ['ignore', out, 'pipe'],
    env: { ...process.env, ...options.env },
  });
  running.add(child);
  const ended = once(child, 'exit').then(() => running.delete(child));
  ended.catch(() => undefined);
  const printed: string[] = [];
  const waiting = new Set<{ matches(line: string): boolean; resolve(line: string): void }>();
  createInterface(child.stderr!).on('line', (line) => {
    printed.push(line);
    if (printed.length > LINES_KEPT) printed.shift();
    for (const each of waiting) if (each.matches(line)) each.resolve(line);
  });
  if (child.pid === undefined) throw new Error(`${command} cannot be started`);
  return {
    pid: child.pid,
    startedMs,
    printed,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    line: async (matches) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const wait = { matches, resolve };
      waiting.add(wait);
      void ended.then(() => reject(new Error(`${program} ended: ${printed.join('\n')}`)));
      return promise.finally(() => waiting.delete(wait));
    },
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Runs a program to its end and gives its standard output; `input` is its standard input. Rejects when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cpu?: Cpu; readonly cwd?: string; readonly input?: string } = {},
): Promise<string> {
  const [command, all] = pinned(program, args, options.cpu ?? 'any');
  const child = spawn(command, all, {
    stdio: 'pipe',
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  running.add(child);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  running.delete(child);
  if (code === 0) return Buffer.concat(stdout).toString();
  const said = Buffer.concat([...stdout, ...stderr])
    .toString()
    .trim();
  throw new Error(`${basename(program)} ${basename(args[0] ?? '')} ended with ${code ?? signal}: ${said}`);
}

/** A folder that is removed in the end. */
export async function temporaryFolder(parent: string = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, 'portcullis-bench-'));
  folders.add(folder);
  return folder;
}

/** A port of 127.0.0.1 that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Ends all processes and removes all folders. */
export async function endAll(): Promise<void> {
  for (const child of running) child.kill('SIGKILL');
  for (let waited = 0; running.size > 0 && waited < GRACE_MS; waited += 20) await sleep(20);
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
  folders.clear();
}
