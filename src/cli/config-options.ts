/** How commands find the configuration. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import { PortcullisError } from '../errors.ts';
import type { CliIo } from './io.ts';

export interface ConfigOptions {
  readonly config?: string | undefined;
  readonly set: readonly string[];
}

const DEFAULT_FILE = 'portcullis.yaml';

/** Adds `--config` and `--set`. */
export function withConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', `configuration file (default: PORTCULLIS_CONFIG, then ${DEFAULT_FILE})`)
    .option('--set <path=value>', 'set one value; may be repeated', collect, []);
}

/** Gathers the values of a flag that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Loads the configuration and prints its warnings. Throws PortcullisError: `config_invalid`, `io_failed`, `usage`. */
export async function loadFor(io: CliIo, options: ConfigOptions): Promise<LoadedConfig> {
  const named = options.config ?? (io.env['PORTCULLIS_CONFIG'] || undefined);
  const file = named ?? (existsSync(resolve(io.cwd, DEFAULT_FILE)) ? DEFAULT_FILE : undefined);
  if (file === undefined && options.set.length === 0) {
    throw new PortcullisError(
      'usage',
      `no configuration: write ${DEFAULT_FILE}, or name a file with --config`,
    );
  }
  const { loadConfig } = await import('../config/load.ts');
  const loaded = await loadConfig({ file, environment: io.env, set: options.set, cwd: io.cwd });
  for (const warning of loaded.warnings) io.stderr.write(`warning: ${warning}\n`);
  return loaded;
}
