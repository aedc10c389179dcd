/** Sockets of the load generator. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Connection } from './connection.ts';
import type { Target } from './job.ts';

/** Connects, by TLS when there is an authority, and has the connection told of what comes. Rejects when nobody listens. */
export async function dial(
  { host, port }: Target,
  ca: string | undefined,
  connection: Connection,
): Promise<Socket> {
  const ready = Promise.withResolvers<void>();
  const socket =
    ca === undefined
      ? connectTcp({
          host,
          port,
          noDelay: true,
          // One buffer for all that arrives, in place of one each time.
          onread: {
            buffer: Buffer.alloc(256 * 1024),
            callback: (bytes, buffer) => {
              connection.read(Buffer.from(buffer.buffer, buffer.byteOffset, bytes));
              return true;
            },
          },
        })
      : connectTls({ host, port, ca, ALPNProtocols: ['h2'], servername: 'localhost' });
  socket.once(ca === undefined ? 'connect' : 'secureConnect', () => ready.resolve());
  socket.on('error', (error) => {
    ready.reject(error);
    connection.ended(socket, error);
  });
  socket.on('close', () => connection.ended(socket, new Error('the server closed the connection')));
  await ready.promise;
  socket.setNoDelay(true);
  if (ca !== undefined) socket.on('data', (chunk: Buffer) => connection.read(chunk));
  return socket;
}
