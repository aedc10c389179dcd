import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { HttpAnswer } from './access.ts';
import { NotPermitted } from './host-rules.ts';
import { readBody } from './response-body.ts';
import type { Target } from './target.ts';
import type { TlsOptions } from './tls-options.ts';

/** One request to one host, and its answer. */
export interface Exchange {
  readonly method: string;
  readonly target: Target;
  /** All but what follows from the others; names and values are checked. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array | undefined;
  /** That were checked. The connection goes to one of them, and nothing is looked up again. */
  readonly addresses: readonly string[];
  /** Whom the certificate must name. */
  readonly serverName: string;
  /** Undefined for http. */
  readonly tls: TlsOptions | undefined;
  readonly maxResponseBytes: number;
}

const MAX_HEADER_BYTES = 64 * 1024;

/** The answer began, but its body did not come to its end. */
export class BodyFailed extends Error {
  override readonly name = 'BodyFailed';
}

/**
 * Sends the request on a connection of its own, which is closed behind the answer: what one request did to a connection
 * is not met by another. Rejects with NotPermitted for an answer that is too large, BodyFailed for one that breaks off or
 * is not there in time, and with the error of the connection; with the signal's reason when it aborts before the answer.
 */
export async function exchange(wanted: Exchange, signal: AbortSignal): Promise<HttpAnswer> {
  const { response, request } = await answerTo(wanted, signal);
  try {
    const gzip = wasAskedFor(wanted, response);
    const body = hasBody(wanted, response)
      ? await readBody(response, gzip, wanted.maxResponseBytes)
      : new Uint8Array();
    return { ...head(response, gzip), body };
  } catch (error) {
    throw error instanceof NotPermitted ? error : bodyFailed(error as Error, signal);
  } finally {
    request.destroy();
  }
}

function bodyFailed(error: Error, signal: AbortSignal): BodyFailed {
  const tooLate = 'context deadline exceeded (Client.Timeout or context cancellation while reading body)';
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ECONNRESET' || code === 'Z_BUF_ERROR' ? 'unexpected EOF' : error.message;
  return new BodyFailed(signal.aborted ? tooLate : reason, { cause: error });
}

function answerTo(
  wanted: Exchange,
  signal: AbortSignal,
): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const send = wanted.tls === undefined ? httpRequest : httpsRequest;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = send(requestOptions(wanted, signal));
    request.on('response', (response) => resolve({ request, response }));
    request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error));
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      reject(new Error('net/http: HTTP/1.x transport connection broken: protocol switched'));
    });
    // What an answer may have besides is not needed; without a listener it would wait for one.
    request.on('continue', () => {});
    request.end(wanted.body);
  });
}

function requestOptions(wanted: Exchange, signal: AbortSignal): RequestOptions {
  const { target, addresses, tls, method, serverName } = wanted;
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of wanted.headers) headers[name] = value;
  headers['Host'] ??= target.authority;
  if (asksForGzip(wanted)) headers['Accept-Encoding'] = 'gzip';
  const length = wanted.body?.length ?? 0;
  if (length > 0 || ['POST', 'PUT', 'PATCH'].includes(method)) headers['Content-Length'] = `${length}`;
  return {
    method,
    host: target.host,
    port: target.port,
    path: target.path,
    headers,
    lookup: pinned(addresses),
    agent: false,
    signal,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
    ...(tls && { ...tls, servername: isIP(serverName) === 0 ? serverName : '' }),
  };
}

/** Gives the addresses that were checked, whatever is asked. */
function pinned(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, options, callback) => {
    if (options.all === true) callback(null, found);
    else callback(null, found[0]!.address, found[0]!.family);
  };
}

/** As Go's transport: only where the policy says nothing of encodings, since it then decodes the answer. */
function asksForGzip({ method, headers }: Exchange): boolean {
  return method !== 'HEAD' && !headers.has('Accept-Encoding') && !headers.has('Range');
}

/** Without one, the headers may give the length that it would have. */
function hasBody({ method }: Exchange, { statusCode }: IncomingMessage): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
}

function wasAskedFor(wanted: Exchange, response: IncomingMessage): boolean {
  return asksForGzip(wanted) && response.headers['content-encoding']?.toLowerCase() === 'gzip';
}

/** Headers that say how an answer came, which Go's transport keeps to itself. */
const OF_THE_TRANSPORT = new Set(['transfer-encoding', 'trailer']);
const OF_THE_ENCODING = new Set(['content-encoding', 'content-length']);

function head(response: IncomingMessage, decoded: boolean): Omit<HttpAnswer, 'body'> {
  const statusCode = response.statusCode ?? 0;
  const headers = new Map<string, string[]>();
  const { rawHeaders } = response;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (OF_THE_TRANSPORT.has(name) || (decoded && OF_THE_ENCODING.has(name))) continue;
    const value = Buffer.from(rawHeaders[at + 1]!, 'latin1').toString('utf8');
    headers.set(name, [...(headers.get(name) ?? []), value]);
  }
  return {
    kind: 'http',
    status: `${statusCode} ${response.statusMessage ?? ''}`.trimEnd(),
    statusCode,
    headers: [...headers],
  };
}
