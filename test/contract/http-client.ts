/** An HTTP client that sends the bytes it is given, and reads until the connection closes or the answer is whole. */
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Address } from '../../src/config/address.ts';

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export async function openConnection(address: Address, tls?: ConnectionOptions): Promise<Socket> {
  const where = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  const socket =
    tls === undefined ? connectSocket(where) : connectTls({ ...where, servername: 'localhost', ...tls });
  await once(socket, tls === undefined ? 'connect' : 'secureConnect');
  socket.on('error', () => {});
  return socket;
}

/** Everything that arrives until the server closes. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString();
}

/** Sends one request on a connection of its own; `connection: close` is added. */
export async function send(
  address: Address,
  line: string,
  headers: readonly string[] = [],
  body: string | Buffer = '',
  tls?: ConnectionOptions,
): Promise<Answer> {
  const socket = await openConnection(address, tls);
  const head = [`${line} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers];
  const length = body.length > 0 ? [`content-length: ${Buffer.byteLength(body)}`] : [];
  socket.write(`${[...head, ...length].join('\r\n')}\r\n\r\n`);
  socket.write(body);
  return parseAnswer(await readAll(socket));
}

export function parseAnswer(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const headers = fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
  });
  return { status: Number(line.split(' ')[1]), headers: new Map(headers), body: rest.join('\r\n\r\n') };
}
