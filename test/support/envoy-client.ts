/** Requests to Envoy, byte for byte as a test writes them. */
import type { ConnectionOptions } from 'node:tls';
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
  /** Says `connection: upgrade` in place of `connection: close`. */
  readonly upgrade?: boolean;
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

/** Sends a request on a connection of its own, over TLS where options for it are given. */
export async function ask(port: number, request: Request = {}, tls?: ConnectionOptions): Promise<Response> {
  const socket = await openConnection({ kind: 'tcp', host: '127.0.0.1', port }, tls);
  try {
    for (const bytes of written(request)) socket.write(bytes);
    let received = Buffer.alloc(0);
    // Envoy keeps a connection for a second after some refusals, so the end of the answer is what counts.
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const response = parse(received);
      if (response !== undefined) return response;
    }
    throw new Error(`the connection ended after ${JSON.stringify(received.toString('latin1'))}`);
  } finally {
    socket.destroy();
  }
}

/** The bytes of a request. */
export function written(request: Request): Buffer[] {
  const { method = 'GET', path = '/', headers = [], body = '', chunkBytes, upgrade, tag } = request;
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
    `connection: ${upgrade ? 'upgrade' : 'close'}`,
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

/** Undefined while it is not whole. Envoy and the upstream give every answer its length. */
function parse(bytes: Buffer): Response | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...fields] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
  });
  const [length = '0'] = valuesOf(headers, 'content-length');
  const body = bytes.subarray(end + 4);
  if (body.length < Number(length)) return undefined;
  const text = body.toString();
  const reached = headers.some(([name]) => name === 'x-upstream');
  return {
    status: Number(line.split(' ')[1]),
    headers,
    body: text,
    seen: reached ? JSON.parse(text) : undefined,
  };
}

/** The values of a header, in their order. */
export function valuesOf(headers: readonly (readonly [string, string])[], name: string): string[] {
  return headers.filter(([each]) => each === name).map(([, value]) => value);
}
