/** A server that `http.send` is tried on: its paths say how it answers. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';

export interface Origin {
  readonly port: number;
  /** What came, in its order: method, path and what the test looks at. */
  readonly seen: string[];
}

const DATE = 'Sun, 22 Nov 2026 12:00:00 GMT';

/** Starts the server on loopback; it ends with the test. */
export async function startOrigin(
  t: TestContext,
  tls?: ServerOptions,
  onRequest: (socket: Socket) => void = () => {},
): Promise<Origin> {
  const seen: string[] = [];
  const counts = new Map<string, number>();
  const listener: RequestListener = (request, response) => {
    const url = new URL(request.url!, 'http://origin');
    const count = (counts.get(url.href) ?? 0) + 1;
    counts.set(url.href, count);
    seen.push([request.method, request.url, request.headers['if-none-match'] ?? ''].join(' ').trim());
    response.setHeader('Date', DATE);
    onRequest(request.socket);
    answer(request, response, url, count).catch(() => response.destroy());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  count: number,
): Promise<void> {
  const body = await buffer(request);
  const query = url.searchParams;
  const type = query.get('type');
  if (type !== null) response.setHeader('Content-Type', Buffer.from(type).toString('latin1'));
  for (const pair of query.getAll('header')) {
    const [name, value] = pair.split(/:(.*)/s);
    response.appendHeader(name!, value!);
  }
  const [, kind = '', rest = ''] = /^\/([a-z-]*)\/?(.*)$/.exec(url.pathname) ?? [];
  switch (kind) {
    case 'status':
      response.writeHead(Number(rest), query.get('reason') ?? undefined).end(query.get('body') ?? '');
      return;
    case 'body':
      response.end(Buffer.from(query.get('base64') ?? '', 'base64'));
      return;
    case 'echo': {
      // How a client names itself and keeps connections is its own; we say nothing of where a redirect came from.
      const { connection: _, referer: __, 'user-agent': agent, host, ...headers } = request.headers;
      response.setHeader('Content-Type', 'application/json');
      const named = {
        ...headers,
        named: host?.split(':')[0],
        'user-agent': /^(?:Open|Portcullis|Go)/.test(agent ?? 'Go'),
      };
      const sorted = Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: sorted, body: body.toString() }),
      );
      return;
    }
    case 'redirect':
      response.writeHead(Number(rest), { Location: query.get('to') ?? '' }).end('moved');
      return;
    case 'gzip':
      response.setHeader('Content-Encoding', 'gzip').end(gzipSync(query.get('body') ?? ''));
      return;
    case 'hang':
      return;
    case 'break':
      response.destroy();
      return;
    case 'cut':
      response.writeHead(200, { 'Content-Length': '100' }).write('short');
      setTimeout(() => response.destroy(), 20);
      return;
    case 'stall':
      response.writeHead(200).write('begun');
      return;
    case 'flaky':
      if (count <= Number(rest)) response.destroy();
      else response.end(`after ${count}`);
      return;
    case 'tagged':
      response.setHeader('ETag', '"v1"');
      if (request.headers['if-none-match'] === '"v1"' && !query.has('changes')) {
        response.writeHead(304, { 'x-count': `${count}` }).end();
      } else {
        response.end(`body ${count}`);
      }
      return;
    case 'counted':
      response.end(`body ${count}`);
      return;
    default:
      response.writeHead(404).end('no such path');
  }
}
