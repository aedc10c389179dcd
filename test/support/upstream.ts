/** What stands behind Envoy in tests: servers that answer with what reached them. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { buffer } from 'node:stream/consumers';

/** What the upstream saw of a request. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  /** In their order, names in lower case, bytes as Latin-1. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** As Latin-1. */
  readonly body: string;
}

export interface Upstream {
  readonly port: number;
  /** How many requests have reached it. */
  readonly count: () => number;
  stop(): Promise<void>;
}

/**
 * An HTTP/1.1 server. It answers with JSON of `Seen`, and with the headers `x-upstream: yes`, `set-cookie: up=1` and
 * `x-both: upstream`; a WebSocket gets each short text message back, behind the request's `x-user`.
 */
export async function startUpstream(): Promise<Upstream> {
  let count = 0;
  const server = createHttpServer({ maxHeaderSize: 200_000 }, (request, response) => {
    count++;
    // A client that has gone needs no answer.
    tell(request, response).catch(() => response.destroy());
  });
  server.on('upgrade', (request, socket: Socket) => {
    count++;
    echoMessages(request, socket);
  });
  return { ...(await listen(server)), count: () => count };
}

async function tell(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = Buffer.from(JSON.stringify(seen(request, await buffer(request))));
  const headers = { 'x-upstream': 'yes', 'set-cookie': 'up=1', 'x-both': 'upstream' };
  response.writeHead(200, { ...headers, 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}

function seen(request: IncomingMessage, body: Buffer): Seen {
  const { rawHeaders: raw } = request;
  const headers = raw.flatMap((name, at) =>
    at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1]!] as const] : [],
  );
  return { method: request.method!, url: request.url!, headers, body: body.toString('latin1') };
}

/** Speaks as much of RFC 6455 as one client with short text messages needs. */
function echoMessages(request: IncomingMessage, socket: Socket): void {
  socket.on('error', () => {});
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const user = String(request.headers['x-user']);
  const head = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: Upgrade'];
  socket.write(`${head.join('\r\n')}\r\nsec-websocket-accept: ${accept}\r\n\r\n`);
  socket.on('data', (frame: Buffer) => {
    const length = frame[1]! & 0x7f;
    const mask = frame.subarray(2, 6);
    const text = frame.subarray(6, 6 + length).map((byte, at) => byte ^ mask[at % 4]!);
    const opcode = frame[0]! & 0x0f;
    const answer = Buffer.from(`${user}: ${Buffer.from(text).toString()}`);
    if (opcode === 1) socket.write(Buffer.concat([Buffer.from([0x81, answer.length]), answer]));
    else socket.end(Buffer.from([0x88, 0]));
  });
}

/** A server of bytes, which gives each back: what a CONNECT reaches. */
export async function startTcpEcho(): Promise<Upstream> {
  let count = 0;
  const server = createTcpServer((socket) => {
    count++;
    socket.on('error', () => {}).pipe(socket);
  });
  return { ...(await listen(server)), count: () => count };
}

async function listen(server: Server | TcpServer): Promise<Pick<Upstream, 'port' | 'stop'>> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    if (server.listening) await once(server, 'close');
  };
  return { port: (server.address() as AddressInfo).port, stop };
}
