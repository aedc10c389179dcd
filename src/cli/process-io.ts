/** The real process as commands see it. */
import { buffer } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import { type Environment, environment } from '../config/environment.ts';
import type { CliIo } from './io.ts';

export function processIo(): CliIo {
  // A reader that goes away (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const isTty = isatty(1);
  let stopping: AbortSignal | undefined;
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: () => buffer(process.stdin),
    isTty,
    color: wantsColor(environment, isTty),
    cwd: process.cwd(),
    env: environment,
    get signal() {
      return (stopping ??= stopSignal());
    },
    onReload: (listener) => {
      process.on('SIGHUP', listener);
      return () => process.off('SIGHUP', listener);
    },
  };
}

/** https://no-color.org and https://force-color.org: set and not empty counts. */
export function wantsColor(env: Environment, isTty: boolean): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
  return isTty && env['TERM'] !== 'dumb';
}

/** Aborts at the first SIGINT or SIGTERM; the second ends the process at once, as the shell expects (128 + number). */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals, number: number): void => {
    if (controller.signal.aborted) process.exit(128 + number);
    controller.abort(name);
  };
  process.on('SIGINT', () => stop('SIGINT', 2));
  process.on('SIGTERM', () => stop('SIGTERM', 15));
  return controller.signal;
}
