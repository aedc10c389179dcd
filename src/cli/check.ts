import { resolve } from 'node:path';
import { Command } from 'commander';
import { parseAddress } from '../config/address.ts';
import { parseDuration } from '../config/duration.ts';
import { PortcullisError } from '../errors.ts';
import type { Answer, ClientTls } from './decision-client.ts';
import { type AccessOptions, INPUT_HELP, readInput, readNamedFile } from './input.ts';
import { type CliIo, type Exit, paint, printJson, printLine, wantsJson } from './io.ts';

interface CheckOptions extends AccessOptions {
  readonly address: string;
  readonly policySet?: string;
  readonly entrypoint?: string;
  readonly input?: string;
  readonly cache: boolean;
  readonly timeout: string;
  readonly tls?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly json?: boolean;
}

const DEFAULT_ADDRESS = '127.0.0.1:9191';

/** `check` */
export function checkCommand(io: CliIo, exit: Exit): Command {
  return new Command('check')
    .description('ask a running server: allow or deny?')
    .option(
      '-a, --address <address>',
      'host:port or unix:/path',
      io.env['PORTCULLIS_GRPC_ADDRESS'] || DEFAULT_ADDRESS,
    )
    .option('-p, --policy-set <name>', 'the policy set (default: the only one)')
    .option('-e, --entrypoint <path>', "the entrypoint (default: the policy set's)")
    .option('-i, --input <document>', INPUT_HELP)
    .option('--subject <json>', 'who asks, instead of --input')
    .option('--action <json>', 'what they want to do')
    .option('--resource <json>', 'what they want to do it to')
    .option('--context <json>', 'under which circumstances')
    .option('--no-cache', 'evaluate even when a cached answer exists')
    .option('--timeout <duration>', 'how long to wait', '5s')
    .option('--tls', "use TLS and trust the system's authorities")
    .option('--ca <file>', 'use TLS and trust these authorities (PEM)')
    .option('--cert <file>', 'client certificate (PEM)')
    .option('--key <file>', 'private key of the client certificate (PEM)')
    .option('--server-name <name>', "the name in the server's certificate, where it is not the address")
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text')
    .addHelpText('after', '\nExits with 0 when allowed, 1 when denied.')
    .action(async (options: CheckOptions) => {
      const json = await readInput(io, options.input, options);
      const { askServer } = await import('./decision-client.ts');
      const answer = await askServer(
        {
          policySet: options.policySet ?? '',
          entrypoint: options.entrypoint ?? '',
          ...(json === undefined ? {} : { input: { case: 'json', value: json } }),
          noCache: !options.cache,
        },
        {
          address: target(io, options.address),
          tls: await clientTls(io, options),
          timeoutMs: timeoutMs(options.timeout),
          signal: io.signal,
        },
      );
      if (wantsJson(io, options)) printJson(io, answer);
      else printAnswer(io, answer);
      exit(answer.allowed ? 0 : 1);
    });
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

async function clientTls(io: CliIo, options: CheckOptions): Promise<ClientTls | undefined> {
  const { ca, cert, key, serverName } = options;
  if (options.tls !== true && ca === undefined && cert === undefined && key === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new PortcullisError('usage', 'give --cert and --key together');
  }
  const read = (file: string | undefined): Promise<Buffer> | undefined =>
    file === undefined ? undefined : readNamedFile(io, file);
  return { ca: await read(ca), cert: await read(cert), key: await read(key), serverName };
}

function printAnswer(io: CliIo, answer: Answer): void {
  const { allowed, status, reasons, obligations, policySet, entrypoint, revisions } = answer;
  const verdict = allowed ? paint(io, ['green', 'bold'], 'allow') : paint(io, ['red', 'bold'], 'deny');
  const plain = status === 'allowed' || status === 'denied';
  printLine(io, plain ? verdict : `${verdict} (${status.replaceAll('_', ' ')})`);
  for (const reason of reasons) printLine(io, `  ${reason.replaceAll('\n', ' ')}`);
  if (obligations !== undefined) printLine(io, `  with ${JSON.stringify(obligations)}`);
  const revision = Object.values(revisions).filter(Boolean).join(', ');
  const facts = [
    [policySet, entrypoint].filter(Boolean).join(' '),
    revision === '' ? '' : `revision ${revision}`,
    answer.cached ? 'cached' : '',
    `decision ${answer.decisionId}`,
  ];
  printLine(io, paint(io, 'dim', `  ${facts.filter((fact) => fact !== '').join(', ')}`));
}
