import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Address } from '../../src/config/address.ts';
import { formatAddress } from '../../src/config/address.ts';
import { SERVER_ARGUMENTS } from './server-settings.ts';

const SOURCE = join(fileURLToPath(import.meta.url), '../../../src/main.ts');

/** A `portcullis serve` of its own. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** As bound, ready to dial. */
  readonly addresses: Readonly<Record<'grpc' | 'http' | 'admin', string | undefined>>;
  /** Everything that it has logged so far. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  /** Ends it as an orchestrator does and gives the exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
}

/** Starts a server, of the sources unless said otherwise, and waits until it listens. Rejects with what it printed when it ends before. */
export async function startServerProcess(
  configFile: string,
  args: readonly string[] = [],
  main: string = SOURCE,
): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [main, 'serve', '--config', configFile, ...args, ...SERVER_ARGUMENTS],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const ended = once(child, 'exit');
  const log: Record<string, unknown>[] = [];
  const printed: string[] = [];
  const listening = Promise.withResolvers<Record<string, Address | undefined>>();
  createInterface(child.stderr).on('line', (line) => {
    printed.push(line);
    if (!line.startsWith('{')) return;
    const entry = JSON.parse(line);
    log.push(entry);
    if (entry.msg === 'listening') listening.resolve(entry.addresses);
  });
  ended.then(() => listening.reject(new Error(`the server ended:\n${printed.join('\n')}`)));
  const { grpc, http, admin } = await listening.promise;
  const dial = (address: Address | undefined): string | undefined => address && formatAddress(address);
  return {
    child,
    addresses: { grpc: dial(grpc), http: dial(http), admin: dial(admin) },
    log,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
