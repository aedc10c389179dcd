import { Command } from 'commander';
import { type ConfigOptions, loadFor, withConfigOptions } from './config-options.ts';
import { type CliIo, type Exit, paint, printJson, printLine } from './io.ts';

/** `config check|print|schema`. What reads configurations is loaded when it is needed. */
export function configCommand(io: CliIo, _exit: Exit): Command {
  const command = new Command('config').description('check, print or describe the configuration');

  withConfigOptions(command.command('check'))
    .description('say whether the configuration is right, or name every mistake in it')
    .action(async (options: ConfigOptions) => {
      const { config } = await loadFor(io, options);
      const sets = Object.keys(config.policySets);
      const text = `${sets.length} policy ${sets.length === 1 ? 'set' : 'sets'}: ${sets.join(', ')}`;
      printLine(io, `${paint(io, 'green', 'ok')} ${text}`);
    });

  withConfigOptions(command.command('print'))
    .description('print the configuration in effect, without secrets, with the origin of each value')
    .option('--json', 'as JSON, without origins')
    .action(async (options: ConfigOptions & { readonly json?: boolean }) => {
      const { config, origin } = await loadFor(io, options);
      const { printConfig, redact } = await import('../config/print.ts');
      if (options.json === true) printJson(io, redact(config));
      else io.stdout.write(printConfig(config, origin));
    });

  command
    .command('schema')
    .description('print the JSON Schema of the configuration file, for editors')
    .action(async () => {
      const { publishedSchema } = await import('../config/schema-tree.ts');
      io.stdout.write(`${JSON.stringify(publishedSchema(), undefined, 2)}\n`);
    });

  return command;
}
