import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { PortcullisError } from '../errors.ts';

export interface ProcessOptions {
  readonly cwd?: string;
  readonly stdin?: string | Uint8Array;
  /** Killed when it takes longer. 10 minutes when left out. */
  readonly timeoutMs?: number;
  /** Replaces the inherited environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface ProcessResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs a program to its end without a shell. A non-zero exit is a result, not an error.
 * Throws PortcullisError `io_failed` when it cannot be started or is ended by a signal or the time limit.
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const timeoutMs = options.timeoutMs ?? 600_000;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
  });
  const ended = new Promise<{ code: number | null; by: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => resolve({ code, by }));
  });
  // A program that does not read its input closes the pipe early, which is no failure of the run.
  child.stdin.once('error', () => undefined);
  child.stdin.end(options.stdin);
  try {
    const [stdout, stderr, { code, by }] = await Promise.all([
      buffer(child.stdout),
      buffer(child.stderr),
      ended,
    ]);
    if (code === null) throw new Error(`ended by ${by}`);
    return { exitCode: code, stdout, stderr: stderr.toString('utf8') };
  } catch (cause) {
    const why = timeout.aborted ? `took longer than ${timeoutMs} ms` : (cause as Error).message;
    throw new PortcullisError('io_failed', `${program} ${args[0] ?? ''}: ${why}`, { cause });
  }
}
