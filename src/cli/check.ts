import { Command } from 'commander';
import type { Answer } from './decision-client.ts';
import { type AccessOptions, INPUT_HELP, readInput } from './input.ts';
import { type CliIo, type Exit, paint, printJson, printLine, wantsJson } from './io.ts';
import { askOptionsOf, type ServerOptions, withServerOptions } from './server-options.ts';

interface CheckOptions extends AccessOptions, ServerOptions {
  readonly address: string;
  readonly entrypoint?: string;
  readonly input?: string;
  readonly cache: boolean;
  readonly key?: string;
  readonly json?: boolean;
}

const DEFAULT_ADDRESS = '127.0.0.1:9191';

/** `check` */
export function checkCommand(io: CliIo, exit: Exit): Command {
  const command = new Command('check')
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
    .option('--no-cache', 'evaluate even when a cached answer exists');
  return withServerOptions(command, '--key')
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
        await askOptionsOf(io, options.address, options, { flag: '--key', file: options.key }),
      );
      if (wantsJson(io, options)) printJson(io, answer);
      else printAnswer(io, answer);
      exit(answer.allowed ? 0 : 1);
    });
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
