import { Command } from 'commander';
import { formatAddress } from '../config/address.ts';
import { PortcullisError } from '../errors.ts';
import type { EntrypointShown, Scope } from './admin-client.ts';
import { type ConfigOptions, loadFor, withConfigOptions } from './config-options.ts';
import { type CliIo, type Exit, paint, printJson, printLine, wantsJson } from './io.ts';
import type { AskOptions } from './rpc-client.ts';
import { askOptionsOf, type ServerOptions, withServerOptions } from './server-options.ts';
import { sizeText } from './size-text.ts';

interface CacheOptions extends ConfigOptions, ServerOptions {
  readonly address?: string;
  readonly entrypoint?: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** `cache show|flush|off|on`: what an operator may do to the cache of a running server. */
export function cacheCommand(io: CliIo, exit: Exit): Command {
  const command = new Command('cache').description("look at a running server's decision cache, or change it");

  subcommand(command, 'show', 'how full it is and how well it does').action(async (options: CacheOptions) => {
    const asked = await adminOf(io, options);
    const { askCache } = await import('./admin-client.ts');
    const { entrypoints, ...all } = await askCache(asked);
    const meant = entrypoints.filter((part) => isMeant(part, options));
    const { policySet, entrypoint } = options;
    if (meant.length === 0 && (policySet ?? entrypoint) !== undefined) {
      const names = [policySet, entrypoint].filter((name) => name !== undefined);
      throw new PortcullisError('not_found', `the cache has no part for ${names.join(' ')}`);
    }
    if (wantsJson(io, options)) {
      printJson(io, { ...all, entrypoints: meant });
      return;
    }
    const state = all.enabled ? paint(io, 'green', 'on') : paint(io, 'red', 'off');
    const count = `${all.entries} of ${all.maxEntries} answers`;
    printLine(io, `${state}, ${count}, ${sizeText(all.bytes)} of ${sizeText(all.maxBytes)}`);
    for (const part of meant) printPart(io, part);
  });

  subcommand(command, 'flush', 'forget answers').action(async (options: CacheOptions) => {
    const asked = await adminOf(io, options);
    const { flushCache } = await import('./admin-client.ts');
    const entries = await flushCache(scopeOf(options), asked);
    if (wantsJson(io, options)) printJson(io, { entries });
    else printLine(io, `${answers(entries)} forgotten`);
  });

  for (const [name, enabled, description] of [
    ['off', false, 'evaluate every question, and forget the answers; until `on` or a restart'],
    ['on', true, 'take back `off`; exits with 1 where another switch keeps it off'],
  ] as const) {
    subcommand(command, name, description).action(async (options: CacheOptions) => {
      const asked = await adminOf(io, options);
      const { setCache } = await import('./admin-client.ts');
      const entrypoints = await setCache(scopeOf(options), enabled, asked);
      if (wantsJson(io, options)) printJson(io, { entrypoints });
      else for (const part of entrypoints) printLine(io, stateOf(io, part));
      exit(entrypoints.some((part) => part.enabled !== enabled) ? 1 : 0);
    });
  }
  return command;
}

function subcommand(parent: Command, name: string, description: string): Command {
  const command = withConfigOptions(parent.command(name).description(description))
    .option(
      '-a, --address <address>',
      'the admin listener, host:port or unix:/path (default: that of the configuration)',
    )
    .option('-p, --policy-set <name>', 'only this policy set')
    .option('-e, --entrypoint <path>', 'only this entrypoint of it');
  return withServerOptions(command, '--key')
    .option('--json', 'print JSON (default when standard output is not a terminal)')
    .option('--no-json', 'print text');
}

/** The admin listener: named, or that of the configuration. */
async function adminOf(io: CliIo, options: CacheOptions): Promise<AskOptions> {
  const key = { flag: '--key', file: options.key };
  if (options.address !== undefined) return askOptionsOf(io, options.address, options, key);
  const { config } = await loadFor(io, options);
  if (config.admin === false) {
    throw new PortcullisError('usage', 'the configuration has no admin listener: name one with --address');
  }
  return askOptionsOf(io, formatAddress(config.admin.address), options, key);
}

const scopeOf = ({ policySet = '', entrypoint = '' }: CacheOptions): Scope => ({ policySet, entrypoint });

const isMeant = (part: EntrypointShown, { policySet, entrypoint }: CacheOptions): boolean =>
  (policySet === undefined || part.policySet === policySet) &&
  (entrypoint === undefined || part.entrypoint === entrypoint);

const answers = (count: number): string => `${count} ${count === 1 ? 'answer' : 'answers'}`;

function stateOf(io: CliIo, { policySet, entrypoint, offReason }: EntrypointShown): string {
  const state = offReason === undefined ? paint(io, 'green', 'on') : paint(io, 'red', `off (${offReason})`);
  return `${policySet} ${entrypoint}: ${state}`;
}

function printPart(io: CliIo, part: EntrypointShown): void {
  const { entries, bytes, hits, misses, evictions, uncacheable, shadow } = part;
  const asked = hits + misses;
  const share = asked === 0 ? '' : ` (${((100 * hits) / asked).toFixed(1)} %)`;
  printLine(io, `${stateOf(io, part)}, ${answers(entries)}, ${sizeText(bytes)}`);
  const facts = [
    `${hits} of ${asked} questions found${share}`,
    counted('evicted', evictions),
    counted('not stored', uncacheable),
    counted('verified', shadow),
  ];
  printLine(io, paint(io, 'dim', `  ${facts.filter((fact) => fact !== '').join('; ')}`));
}

/** Those that are not zero. */
function counted(what: string, counts: Readonly<Record<string, number>>): string {
  const present = Object.entries(counts).filter(([, count]) => count > 0);
  return present.length === 0 ? '' : `${what}: ${present.map(([name, n]) => `${name} ${n}`).join(', ')}`;
}
