/** What one run of load is told and what it tells. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Percentiles } from './histogram.ts';

/** How requests are framed and answers read. */
export type Protocol = 'ext_authz' | 'cerbos' | 'opa';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** The `:path` of the calls. */
  readonly path: string;
  /** A file of certificates (PEM) to verify the server with: TLS then. */
  readonly caFile?: string | undefined;
  /** Whose processor time is counted. */
  readonly pid: number;
}

export interface Job {
  readonly target: Target;
  readonly messagesFile: string;
  readonly connections: number;
  /** Closed loop: calls at once on a connection. Open loop: the most of them. */
  readonly streams: number;
  /** Calls a second of an open loop; closed when left out. */
  readonly perSecond?: number | undefined;
  /** Without the header that is another one in each call. */
  readonly sameHeaders?: boolean | undefined;
  readonly warmUpMs: number;
  readonly durationMs: number;
  /** Open loop: writes pairs of floats, when a call was due (ms since the epoch) and what it took (µs, -1: no answer). */
  readonly latenciesFile?: string | undefined;
}

export interface JobResult {
  /** Within the time that was measured. */
  readonly answers: number;
  readonly perSecond: number;
  readonly latency: Percentiles;
  /** Answers that are not what they ought to be, and calls that failed or were never answered. */
  readonly wrong: number;
  readonly failed: number;
  /** Calls that were due and could not even be sent. */
  readonly unsent: number;
  readonly serverCpuUs: number;
  readonly clientCpuUs: number;
  readonly durationMs: number;
  /** Open loop: how late calls were sent by this client's own doing. */
  readonly latenessP99Us: number;
}

/** A message to send, and whether it is to be allowed. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly allowed: boolean;
}

/**
 * Where these letters stand in a message, the eight digits that follow are counted up each time it is sent: a part of the traffic is
 * never seen twice, however long a run lasts.
 */
export const COUNTER = 'once=';
export const COUNTER_DIGITS = 8;

export async function writeMessages(file: string, messages: readonly Message[]): Promise<void> {
  const parts = messages.flatMap(({ bytes, allowed }) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(allowed ? 1 : 0, 0);
    head.writeUInt32BE(bytes.length, 1);
    return [head, bytes];
  });
  await writeFile(file, Buffer.concat(parts));
}

export async function readMessages(file: string): Promise<readonly Message[]> {
  const bytes = await readFile(file);
  const messages: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    messages.push({ allowed: bytes[at] === 1, bytes: bytes.subarray(at + 5, end) });
    at = end;
  }
  return messages;
}
