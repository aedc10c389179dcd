/** h2load (package `nghttp2-client`): a client in C that costs little itself, and sends one message over and over. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cpu, run, temporaryFolder } from '../processes.ts';
import { COUNTER, type Message, type Target } from './job.ts';
import { processorTimeUs } from './processor-time.ts';

export const hasH2load = (): boolean => spawnSync('h2load', ['--version']).status === 0;

/** The first message that is allowed and may be sent again and again. */
export const steadyMessage = (messages: readonly Message[]): Message =>
  messages.find(({ allowed, bytes }) => allowed && !Buffer.from(bytes).includes(COUNTER))!;

/** A file with a message as it goes out. */
export async function bodyFile({ protocol }: Pick<Target, 'protocol'>, { bytes }: Message): Promise<string> {
  const prefix = Buffer.alloc(protocol === 'opa' ? 0 : 5);
  if (protocol !== 'opa') prefix.writeUInt32BE(bytes.length, 1);
  const file = join(await temporaryFolder(), 'body');
  await writeFile(file, Buffer.concat([prefix, bytes]));
  return file;
}

export interface H2loadOptions {
  readonly connections: number;
  readonly streams: number;
  readonly durationMs: number;
  readonly cpu: Cpu;
}

const WARM_UP_MS = 200;

/** What a server answers, and its processor time for each answer. Rejects when an answer was no success. */
export async function h2load(
  { protocol, port, path, pid }: Target,
  body: string,
  { connections, streams, durationMs, cpu }: H2loadOptions,
): Promise<{ readonly perSecond: number; readonly cpuUs: number }> {
  const headers =
    protocol === 'opa'
      ? ['content-type: application/json']
      : ['content-type: application/grpc', 'te: trailers', 'grpc-timeout: 5000m'];
  const beforeUs = processorTimeUs(pid);
  const printed = await run(
    'h2load',
    [
      `--duration=${durationMs}ms`,
      `--warm-up-time=${WARM_UP_MS}ms`,
      `--clients=${connections}`,
      `--max-concurrent-streams=${streams}`,
      `--data=${body}`,
      ...headers.map((each) => `--header=${each}`),
      `http://127.0.0.1:${port}${path}`,
    ],
    { cpu },
  );
  const usedUs = processorTimeUs(pid) - beforeUs;
  const [succeeded, failed] = [/(\d+) succeeded/, /(\d+) failed/].map((word) =>
    Number(word.exec(printed)?.[1]),
  );
  if (!(succeeded! > 0) || failed !== 0) throw new Error(`h2load: ${printed}`);
  // Its warm-up is in the processor time too, and in no count.
  const answers = (succeeded! * (durationMs + WARM_UP_MS)) / durationMs;
  return { perSecond: Number(/([\d.]+) req\/s/.exec(printed)?.[1]), cpuUs: usedUs / answers };
}
