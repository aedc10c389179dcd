/** How commands are told which server to ask. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseAddress } from '../config/address.ts';
import { parseDuration } from '../config/duration.ts';
import { PortcullisError } from '../errors.ts';
import { readNamedFile } from './input.ts';
import type { CliIo } from './io.ts';
import type { AskOptions, ClientTls } from './rpc-client.ts';

/** TLS beside the key of the client certificate, which commands name each in their own way. */
export interface ServerOptions {
  readonly policySet?: string;
  readonly timeout: string;
  readonly tls?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly serverName?: string;
}

/** Adds the flags but the address; `keyFlag` names the one for the key of the client certificate. */
export function withServerOptions(command: Command, keyFlag: string): Command {
  return command
    .option('--timeout <duration>', 'how long to wait', '5s')
    .option('--tls', "use TLS and trust the system's authorities")
    .option('--ca <file>', 'use TLS and trust these authorities (PEM)')
    .option('--cert <file>', 'client certificate (PEM)')
    .option(`${keyFlag} <file>`, 'private key of the client certificate (PEM)')
    .option('--server-name <name>', "the name in the server's certificate, where it is not the address");
}

/** Throws PortcullisError `usage`, `io_failed`. */
export async function askOptionsOf(
  io: CliIo,
  address: string,
  options: ServerOptions,
  key: { readonly flag: string; readonly file: string | undefined },
): Promise<AskOptions> {
  return {
    address: target(io, address),
    tls: await clientTls(io, options, key),
    timeoutMs: timeoutMs(options.timeout),
    signal: io.signal,
  };
}

function target(io: CliIo, text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw new PortcullisError('usage', '--address: write host:port or unix:/path');
  return address.kind === 'unix' ? `unix:${resolve(io.cwd, address.path)}` : text;
}

function timeoutMs(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs === 0) {
    throw new PortcullisError('usage', '--timeout: write a duration such as 500ms or 5s');
  }
  return durationMs;
}

async function clientTls(
  io: CliIo,
  { tls, ca, cert, serverName }: ServerOptions,
  { flag, file: key }: { readonly flag: string; readonly file: string | undefined },
): Promise<ClientTls | undefined> {
  if (tls !== true && ca === undefined && cert === undefined && key === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new PortcullisError('usage', `give --cert and ${flag} together`);
  }
  const read = (file: string | undefined): Promise<Buffer> | undefined =>
    file === undefined ? undefined : readNamedFile(io, file);
  return { ca: await read(ca), cert: await read(cert), key: await read(key), serverName };
}
