#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { processIo } from './cli/process-io.ts';
/** argv → command, signals, exit code. */
import { runCli } from './cli/program.ts';

// What a server loads at its start stays: a young generation that grew by it would keep some 35 MB for nothing.
if (process.argv[2] === 'serve') setFlagsFromString('--semi-space-growth-factor=1');

const exitCode = await runCli(process.argv.slice(2), processIo());
// Timers or sockets left over must not keep a finished command alive.
process.stdout.write('', () => process.exit(exitCode));
