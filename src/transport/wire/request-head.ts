/**
 * What the headers of a request say, checked once for each header block (RFC 9113, 8.3; gRPC over HTTP/2, "Requests"). The
 * decoder gives the same block for the same bytes, and this is kept with it.
 */
import type { RpcMethod } from '../../rpc.ts';
import { isGrpcContentType } from './grpc/content-type.ts';
import { parseTimeoutMs } from './grpc/timeout.ts';
import type { HeaderBlock } from './hpack/header-block.ts';

/** Why a request gets no handler. */
export type Refusal =
  | 'malformed'
  | 'not-post'
  | 'not-grpc'
  | 'unknown-method'
  | 'bad-timeout'
  | 'unknown-encoding'
  | 'too-large';

export type Encoding = 'identity' | 'gzip' | 'deflate';

export class RequestHead {
  readonly refusal: Refusal | undefined;
  readonly path: string;
  /** What it asks for; undefined when it is refused. */
  readonly method: RpcMethod | undefined;
  /** Infinity when the caller sets none. */
  readonly timeoutMs: number;
  readonly encoding: Encoding;
  /** What `content-length` announces; -1 without one. */
  readonly contentBytes: number;

  constructor(
    refusal: Refusal | undefined,
    path: string,
    method: RpcMethod | undefined,
    timeoutMs: number,
    encoding: Encoding,
    contentBytes: number,
  ) {
    this.refusal = refusal;
    this.path = path;
    this.method = method;
    this.timeoutMs = timeoutMs;
    this.encoding = encoding;
    this.contentBytes = contentBytes;
  }
}

export type Methods = ReadonlyMap<string, RpcMethod>;

const MALFORMED = new RequestHead('malformed', '', undefined, Number.POSITIVE_INFINITY, 'identity', -1);
const TOO_LARGE = new RequestHead('too-large', '', undefined, Number.POSITIVE_INFINITY, 'identity', -1);

/** The head of this block: as found before, or read now. */
export function requestHead(block: HeaderBlock, methods: Methods): RequestHead {
  if (block.memo instanceof RequestHead) return block.memo;
  const head = block.oversized ? TOO_LARGE : readHead(block, methods);
  block.memo = head;
  return head;
}

/** Whether these are trailers that a request may end with: no pseudo-headers, and fields that may be. */
export function areTrailers(block: HeaderBlock): boolean {
  return !block.malformed && block.names.every((name) => !name.startsWith(':'));
}

function readHead({ names, values, malformed }: HeaderBlock, methods: Methods): RequestHead {
  if (malformed) return MALFORMED;
  let verb: string | undefined;
  let scheme: string | undefined;
  let path: string | undefined;
  let authority: string | undefined;
  let at = 0;
  for (; at < names.length; at++) {
    const name = names[at]!;
    if (!name.startsWith(':')) break;
    const value = values[at]!;
    // Each once, and no others.
    if (name === ':method' && verb === undefined) verb = value;
    else if (name === ':path' && path === undefined) path = value;
    else if (name === ':scheme' && scheme === undefined) scheme = value;
    else if (name === ':authority' && authority === undefined) authority = value;
    else return MALFORMED;
  }
  if (verb === undefined || scheme === undefined || path === undefined) return MALFORMED;
  if (authority === '') return MALFORMED;
  // Only OPTIONS may ask for the server itself.
  if (!path.startsWith('/') && !(path === '*' && verb === 'OPTIONS')) return MALFORMED;

  let contentType = '';
  let timeout: string | undefined;
  let encoding = 'identity';
  let contentBytes = -1;
  for (; at < names.length; at++) {
    const name = names[at]!;
    const value = values[at]!;
    // All pseudo-headers stand before the fields.
    if (name.startsWith(':')) return MALFORMED;
    if (name === 'host') {
      // Who is asked must be said, and once (RFC 9113, 8.3.1): two names would be two meanings.
      if (value === '' || (authority ?? value) !== value) return MALFORMED;
      authority = value;
    } else if (name === 'content-type') contentType = value;
    else if (name === 'grpc-timeout') timeout = value;
    else if (name === 'grpc-encoding') encoding = value;
    else if (name === 'content-length') {
      const bytes = /^\d{1,15}$/.test(value) ? Number(value) : -1;
      if (bytes < 0 || (contentBytes >= 0 && contentBytes !== bytes)) return MALFORMED;
      contentBytes = bytes;
    }
  }
  if (authority === undefined) return MALFORMED;
  const method = methods.get(path);
  const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : parseTimeoutMs(timeout);
  let refusal: Refusal | undefined;
  if (verb !== 'POST') refusal = 'not-post';
  else if (!isGrpcContentType(contentType)) refusal = 'not-grpc';
  else if (method === undefined) refusal = 'unknown-method';
  else if (timeoutMs === undefined) refusal = 'bad-timeout';
  else if (!isEncoding(encoding)) refusal = 'unknown-encoding';
  return new RequestHead(
    refusal,
    path,
    method,
    timeoutMs ?? Number.POSITIVE_INFINITY,
    isEncoding(encoding) ? encoding : 'identity',
    contentBytes,
  );
}

function isEncoding(text: string): text is Encoding {
  return text === 'identity' || text === 'gzip' || text === 'deflate';
}
