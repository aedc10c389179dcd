import type { Command } from 'commander';
import { PortcullisError } from '../errors.ts';
import type { Explanation } from '../policy/plan/explain/explanation.ts';
import { readInput } from './input.ts';
import type { CliIo } from './io.ts';
import type { PolicyOptions } from './policy-sources.ts';
import { askOptionsOf, type ServerOptions, withServerOptions } from './server-options.ts';

export interface ExplainServerOptions extends ServerOptions {
  readonly address?: string;
  readonly clientKey?: string;
  readonly input?: string;
  readonly now?: string;
  readonly mask: readonly string[];
}

/** What a server answered, and why. */
export interface Asked {
  readonly status: string;
  readonly moduleDiffers: boolean;
  readonly decisionId: string;
  readonly explanation: Explanation;
}

/** Adds `--address` and what goes with it. */
export function withExplainServerOptions(command: Command): Command {
  command
    .option('-a, --address <address>', 'ask a running server instead: host:port or unix:/path')
    .option('-p, --policy-set <name>', 'with --address: the policy set (default: the only one)');
  return withServerOptions(command, '--client-key');
}

/**
 * Asks a server's Explain RPC. Throws PortcullisError: `forbidden` where the server does not permit it, otherwise as
 * `askServer`; `usage` for flags that a server cannot take.
 */
export async function explainOnServer(
  io: CliIo,
  address: string,
  options: ExplainServerOptions & PolicyOptions,
): Promise<Asked> {
  refuseOthers(options);
  const input = await readInput(io, options.input);
  const key = { flag: '--client-key', file: options.clientKey };
  const asked = await askOptionsOf(io, address, options, key);
  const [{ askWhy }, { readExplanation }] = await Promise.all([
    import('./decision-client.ts'),
    import('./read-explanation.ts'),
  ]);
  const question = {
    policySet: options.policySet ?? '',
    entrypoint: options.entrypoint ?? '',
    ...(input === undefined ? {} : { input: { case: 'json', value: input } as const }),
  };
  const { answer, response } = await askWhy(question, asked).catch((thrown: unknown) => {
    throw permission(thrown);
  });
  return {
    status: answer.status,
    moduleDiffers: response.moduleDiffers,
    decisionId: answer.decisionId,
    explanation: readExplanation(answer.entrypoint, response),
  };
}

/** What is decided where the bundle is, not where the question is asked. */
function refuseOthers({
  bundle,
  policies,
  base,
  key,
  unsigned,
  now,
  mask,
}: PolicyOptions & ExplainServerOptions): void {
  const given = [
    bundle.length > 0 ? '--bundle' : '',
    policies.length > 0 ? '--policies' : '',
    base === undefined ? '' : '--base',
    key.length > 0 ? '--key' : '',
    unsigned === true ? '--unsigned' : '',
    now === undefined ? '' : '--now',
    mask.length > 0 ? '--mask' : '',
  ].filter((flag) => flag !== '');
  if (given.length > 0) throw new PortcullisError('usage', `${given.join(', ')}: not with --address`);
}

function permission(thrown: unknown): unknown {
  if (!(thrown instanceof PortcullisError) || thrown.code !== 'forbidden') return thrown;
  const message = `${thrown.message}: the server explains to clients with \`explain\` among their \`methods\``;
  return new PortcullisError('forbidden', message, { cause: thrown });
}
