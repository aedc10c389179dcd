#!/usr/bin/env node
import { processIo } from './cli/process-io.ts';
/** argv → command, signals, exit code. */
import { runCli } from './cli/program.ts';
import { flagsForStart } from './cli/start-flags.ts';

if (process.argv[2] === 'serve') flagsForStart();

const exitCode = await runCli(process.argv.slice(2), processIo());
// Timers or sockets left over must not keep a finished command alive.
process.stdout.write('', () => process.exit(exitCode));
