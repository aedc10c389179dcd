/** The command line: argv → command → exit code. */
import { Command, CommanderError, Help, type Option } from 'commander';
import { VERSION } from '../config/version.ts';
import { type PortcullisError, toPortcullisError } from '../errors.ts';
import { exitCodeOf } from './exit-code.ts';
import { type CliIo, type Exit, type ExitCode, harmless, paint } from './io.ts';

type CreateCommand = (io: CliIo, exit: Exit) => Command;

/** In the order of the help. Only the command that is run is loaded: a question must not wait for the compiler's parts. */
const COMMANDS: Readonly<Record<string, () => Promise<CreateCommand>>> = {
  serve: async () => (await import('./serve.ts')).serveCommand,
  dev: async () => (await import('./dev.ts')).devCommand,
  check: async () => (await import('./check.ts')).checkCommand,
  eval: async () => (await import('./eval.ts')).evalCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  cache: async () => (await import('./cache.ts')).cacheCommand,
  build: async () => (await import('./build.ts')).buildCommand,
  test: async () => (await import('./test.ts')).testCommand,
  sign: async () => (await import('./sign.ts')).signCommand,
  verify: async () => (await import('./verify.ts')).verifyCommand,
  inspect: async () => (await import('./inspect.ts')).inspectCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  config: async () => (await import('./config.ts')).configCommand,
};

/** Runs one command. Never throws: errors are printed and become the exit code. */
export async function runCli(args: readonly string[], given: CliIo): Promise<ExitCode> {
  // Not a copy: looking at the signal changes what the signal does.
  const io: CliIo = Object.create(given, {
    stdout: { value: harmless(given.stdout, given.color) },
    stderr: { value: harmless(given.stderr, given.color) },
  });
  let exitCode: ExitCode = 0;
  try {
    const program = await createProgram(io, (code) => (exitCode = code), commandsFor(args));
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    // Help and version end the command too; commander has printed what it has to say.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const error = toPortcullisError(thrown);
    printError(io, error);
    return exitCodeOf(error);
  }
}

/** Help and suggestions need all commands. */
function commandsFor([first = '']: readonly string[]): readonly string[] {
  if (first === '--version' || first === '-V') return [];
  return Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
}

/** The commands, for running and for the docs. */
export async function createProgram(
  io: CliIo,
  exit: Exit,
  names: readonly string[] = Object.keys(COMMANDS),
): Promise<Command> {
  const program = new Command('portcullis')
    .description('Policy decision point: signed Rego bundles in, allow or deny out.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .helpOption('-h, --help', 'explain this command')
    .showSuggestionAfterError()
    .configureHelp({ optionDescription: (option) => describe(option) })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) =>
        write(`${paint(io, 'red', 'error [usage]')}: ${text.replace(/^error: /, '')}`),
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
      getOutHasColors: () => io.color,
      getErrHasColors: () => io.color,
    })
    .addHelpText(
      'after',
      '\nExit codes: 0 yes; 1 no (denied, tests failed, verification failed); 2 wrong usage or configuration; 3 runtime failure.',
    );
  for (const load of names.map((name) => COMMANDS[name]!)) {
    const create = await load();
    program.addCommand(inherit(create(io, exit), program));
  }
  return program;
}

/** An option that may be repeated starts with an empty list, which nobody wants to read. */
function describe(option: Option): string {
  return new Help().optionDescription(option).replace(/ ?\(default: \[\]\)/, '');
}

/** `addCommand` does not pass settings on as `command` does. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  command.helpOption('-h, --help', 'explain this command');
  for (const child of command.commands) inherit(child, command);
  return command;
}

/** `error [code]: message`, then what to do about it. */
function printError(io: CliIo, error: PortcullisError): void {
  io.stderr.write(`${paint(io, 'red', `error [${error.code}]`)}: ${error.message}\n`);
  io.stderr.write(`${paint(io, 'dim', error.kind.help)}\n`);
  if (error.code === 'internal' && error.cause instanceof Error) {
    io.stderr.write(`${paint(io, 'dim', error.cause.stack ?? '')}\n`);
  }
}
