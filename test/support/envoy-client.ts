/** Requests to Envoy, byte for byte as a test writes them. */
import { openConnection } from '../contract/http-client.ts';
import type { Seen } from './upstream.ts';

export interface Request {
  readonly method?: string;
  readonly path?: string;
  /** Lines such as `x-user: mallory`. A `host` and an `x-test` are there anyway. */
  readonly headers?: readonly (string | Buffer)[];
  readonly body?: string | Buffer;
  /** Sends the body in pieces of this many bytes, without a content-length. */
  readonly chunkBytes?: number;
  /** The request's name in Envoy's access log. */
  readonly tag?: string;
}

export interface Response {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** What reached the upstream; undefined when nothing did. */
  readonly seen: Seen | undefined;
}

/** Sends a request on a connection of its own. */
export async function ask(port: number, request: Request = {}): Promise<Response> {
  const socket = await openConnection({ kind: 'tcp', host: '127.0.0.1', port });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const bytes of written(request)) socket.write(bytes);
  await closed;
  return parse(Buffer.concat(chunks));
}

/** The bytes of a request. */
export function written(request: Request): Buffer[] {
  const { method = 'GET', path = '/', headers = [], body = '', chunkBytes, tag } = request;
  const bytes = Buffer.from(body);
  const chunked = chunkBytes !== undefined;
  const framing = chunked
    ? ['transfer-encoding: chunked']
    : bytes.length > 0
      ? [`content-length: ${bytes.length}`]
      : [];
  const named = tag === undefined ? [] : [`x-test: ${tag}`];
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: shop.test',
    'connection: close',
    ...named,
    ...headers,
    ...framing,
  ];
  const head = Buffer.concat(lines.map((line) => Buffer.concat([Buffer.from(line as string), CRLF])));
  return [Buffer.concat([head, CRLF]), ...(chunked ? inChunks(bytes, chunkBytes) : [bytes])];
}

const CRLF = Buffer.from('\r\n');

function inChunks(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    pieces.push(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF]));
  }
  return [...pieces, Buffer.from('0\r\n\r\n')];
}

function parse(bytes: Buffer): Response {
  const end = bytes.indexOf('\r\n\r\n');
  const [line = '', ...fields] = bytes.subarray(0, Math.max(end, 0)).toString('latin1').split('\r\n');
  const headers = fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
  });
  const body = bytes.subarray(end + 4).toString();
  const reached = headers.some(([name]) => name === 'x-upstream');
  return { status: Number(line.split(' ')[1]), headers, body, seen: reached ? JSON.parse(body) : undefined };
}

/** The values of a header, in their order. */
export function valuesOf(headers: readonly (readonly [string, string])[], name: string): string[] {
  return headers.filter(([each]) => each === name).map(([, value]) => value);
}
