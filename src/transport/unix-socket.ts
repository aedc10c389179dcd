/** Unix sockets as files: stale ones are removed, live ones respected. */
import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { PortcullisError } from '../errors.ts';

/** Owner and group may connect; connecting takes write permission (unix(7)). */
const SOCKET_MODE = 0o660;

/** Removes a socket file that nobody listens on. Throws `io_failed` when somebody does, or when the file is no socket. */
export async function clearStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return;
  if (!stats.isSocket()) {
    throw new PortcullisError(
      'io_failed',
      `${path} exists and is not a socket; remove it or choose another path.`,
    );
  }
  if (await answers(path)) {
    throw new PortcullisError(
      'io_failed',
      `Another process listens on ${path}; stop it or choose another path.`,
    );
  }
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Opens a bound socket to its group. Until then the umask decides, and the usual 022 lets only the owner connect. */
export function setSocketMode(path: string): Promise<void> {
  return chmod(path, SOCKET_MODE);
}

/** Anything but a refusal counts as an answer, so that a socket is never taken from a process that we may not reach. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}
