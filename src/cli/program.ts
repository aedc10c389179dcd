/** The command line: argv → command → exit code. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../config/version.ts';
import { type PortcullisError, toPortcullisError } from '../errors.ts';
import { buildCommand } from './build.ts';
import { checkCommand } from './check.ts';
import { configCommand } from './config.ts';
import { devCommand } from './dev.ts';
import { evalCommand } from './eval.ts';
import { exitCodeOf } from './exit-code.ts';
import { inspectCommand } from './inspect.ts';
import { type CliIo, type Exit, type ExitCode, paint } from './io.ts';
import { keysCommand } from './keys.ts';
import { serveCommand } from './serve.ts';
import { signCommand } from './sign.ts';
import { testCommand } from './test.ts';
import { verifyCommand } from './verify.ts';

const COMMANDS: readonly ((io: CliIo, exit: Exit) => Command)[] = [
  serveCommand,
  devCommand,
  checkCommand,
  evalCommand,
  buildCommand,
  testCommand,
  signCommand,
  verifyCommand,
  inspectCommand,
  keysCommand,
  configCommand,
];

/** Runs one command. Never throws: errors are printed and become the exit code. */
export async function runCli(args: readonly string[], io: CliIo): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = createProgram(io, (code) => (exitCode = code));
  try {
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

/** All commands, for running and for the docs. */
export function createProgram(io: CliIo, exit: Exit): Command {
  const program = new Command('portcullis')
    .description('Policy decision point: signed Rego bundles in, allow or deny out.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'explain a command')
    .helpOption('-h, --help', 'explain this command')
    .showSuggestionAfterError()
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
  for (const create of COMMANDS) program.addCommand(inherit(create(io, exit), program));
  return program;
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
