import { close, constants, fstatSync, mkdirSync, openSync, write } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { PortcullisError } from '../errors.ts';

/** Where a log goes. */
export type LogDestination = { readonly type: 'stdout' } | { readonly type: 'file'; readonly path: string };

/** Takes the lines of a log. One call at a time. */
export interface LogOutput {
  /** Writes some of the bytes and tells how many; rejects with the system's error. The bytes may change once it is settled. */
  write(bytes: Uint8Array, from: number): Promise<number>;
  /**
   * Opens a file anew, after a rotation moved it away; true: it is another one now. Throws `io_failed`, and then goes on with
   * the old one.
   */
  reopen(): Promise<boolean>;
  close(): Promise<void>;
}

const writeTo = promisify(write);
const closeFile = promisify(close);

const STDOUT = 1;

/**
 * Never blocks on a pipe that nobody reads: a blocked write would hold one of Node's few threads, and keep the process
 * from ending. It fails with EAGAIN instead.
 */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

/** Inputs are nobody else's business: the owner writes, the group reads. */
const MODE = 0o640;

/** Opens the destination; throws `io_failed` with the path. */
export function openLogOutput(destination: LogDestination): LogOutput {
  let file = open(destination);
  const closeOne = async (descriptor: number): Promise<void> => {
    if (descriptor !== STDOUT) await closeFile(descriptor);
  };
  return {
    write: async (bytes, from) => (await writeTo(file, bytes, from)).bytesWritten,
    reopen: async () => {
      if (destination.type === 'stdout') return false;
      const old = file;
      file = open(destination);
      const isAnother = identityOf(file) !== identityOf(old);
      await closeOne(old);
      return isAnother;
    },
    close: () => closeOne(file),
  };
}

function identityOf(file: number): string {
  const { dev, ino } = fstatSync(file, { bigint: true });
  return `${dev}:${ino}`;
}

function open(destination: LogDestination): number {
  if (destination.type === 'stdout') return openStdout();
  const { path } = destination;
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, FLAGS, MODE);
  } catch (thrown) {
    const { message } = thrown as Error;
    throw new PortcullisError('io_failed', `the decision log ${path} cannot be opened: ${message}`, {
      cause: thrown,
    });
  }
}

/**
 * Opened anew where that is possible, so that its own flags hold; a socket, or another user's pipe, stays as it is. So does a
 * file: it may be standard error's as well, and only the shared descriptor keeps one place for both.
 */
function openStdout(): number {
  try {
    if (fstatSync(STDOUT).isFile()) return STDOUT;
    return openSync('/dev/stdout', FLAGS & ~constants.O_CREAT);
  } catch {
    return STDOUT;
  }
}
