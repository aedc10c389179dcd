/** Binding a server to its address, the same for gRPC and HTTP. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { type Address, formatAddress } from '../config/address.ts';
import { PortcullisError } from '../errors.ts';
import { clearStaleSocket, setSocketMode } from './unix-socket.ts';

/** How many connections the kernel may keep waiting; a fleet of proxies reconnects at once after a restart. */
const BACKLOG = 1024;

/**
 * Binds and gives the address with the real port. With `reusePort` other servers may bind it as well, and the kernel spreads connections
 * over them (SO_REUSEPORT of socket(7); TCP only). Throws `io_failed`.
 */
export async function bind(server: Server, address: Address, reusePort = false): Promise<Address> {
  try {
    if (address.kind === 'unix') {
      await clearStaleSocket(address.path);
      server.listen({ path: address.path, backlog: BACKLOG });
      await once(server, 'listening');
      await setSocketMode(address.path);
      return address;
    }
    server.listen({ host: address.host, port: address.port, backlog: BACKLOG, reusePort });
    await once(server, 'listening');
  } catch (error) {
    if (server.listening) server.close();
    if (error instanceof PortcullisError) throw error;
    throw new PortcullisError('io_failed', `Cannot listen on ${formatAddress(address)}: ${reason(error)}`, {
      cause: error,
    });
  }
  const bound = server.address();
  if (bound === null || typeof bound === 'string') return address;
  return { kind: 'tcp', host: bound.address, port: bound.port };
}

/**
 * Binds all of these addresses, and lets go of them only then: throws as `bind` does when something is in the way of one, also when that is another of
 * them. Who connects meanwhile is turned away.
 */
export async function tryToBind(addresses: readonly Address[]): Promise<void> {
  const held: Server[] = [];
  try {
    for (const address of addresses) {
      // A connection that stays open would keep it from ending.
      const server = createServer((socket) => socket.destroy());
      held.push(server);
      await bind(server, address);
    }
  } finally {
    await Promise.all(held.map(unbind));
  }
}

/** Stops accepting. Connections stay open; a Unix socket's file goes away. Ends when the last connection has closed. */
export function unbind(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'another process or listener is there; stop it, or set another address.';
  if (code === 'EACCES') return 'not permitted; use a port above 1023 or a folder that may be written.';
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have the address.';
  if (code === 'ENOTSUP') return 'this system cannot share a port among workers; set `workers: 1`.';
  if (code === 'ENOENT') return 'the folder does not exist.';
  return error instanceof Error ? error.message : String(error);
}
