/** The HTTP/2 connections of one listener: whose calls are whose, clients that send too slowly, and the end of all. */
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { GRPC_STATUS } from '../errors.ts';
import type { UnreadCalls } from '../rpc.ts';
import { GrpcConnection } from './grpc-connection.ts';
import { GrpcRequest } from './grpc-request.ts';
import { peerOf, UNIX_PEER } from './peer.ts';
import { RequestAccounts } from './request-accounts.ts';
import type { GrpcLimits } from './transport.ts';
import { UnreadCall } from './unread-call.ts';

/**
 * The header by which a call that grpc-js hands over is found again, since grpc-js tells no more of its connection than an
 * address, which two connections may share where a machine has several. Whatever a client sends under this name is overwritten,
 * and no handler sees it.
 */
export const CALL_HEADER = 'portcullis-call';

/** One timer looks at all requests, this often: one may take a quarter longer than its timeout, and never less. */
const SWEEPS_PER_TIMEOUT = 4;

export interface SessionSettings {
  readonly limits: GrpcLimits;
  readonly clock: Clock;
  readonly unix: boolean;
  /** Methods whose clients may take their time. */
  readonly bidiPaths: ReadonlySet<string>;
  /** Who wants to know of calls that their handlers never see, by path. */
  readonly unread: ReadonlyMap<string, UnreadCalls>;
}

export class GrpcSessions {
  readonly #settings: SessionSettings;
  readonly #inject: (socket: Socket) => void;
  /** The socket that is being made a session, which happens in one go. */
  #arriving: Socket | undefined;
  readonly #connections = new Map<ServerHttp2Session, GrpcConnection>();
  /** The request of each open stream, by the value of `CALL_HEADER`. */
  readonly #requests = new Map<string, GrpcRequest>();
  /** Requests that may still be arriving, in order of time. */
  readonly #receiving = new Set<GrpcRequest>();
  readonly #accounts: RequestAccounts;
  readonly #sweeper: NodeJS.Timeout;
  #draining = false;

  constructor(http2: Http2Server, inject: (socket: Socket) => void, settings: SessionSettings) {
    this.#inject = inject;
    this.#settings = settings;
    this.#accounts = new RequestAccounts(settings.limits);
    http2.on('session', (session) => {
      if (this.#arriving !== undefined) this.#onSession(session, this.#arriving);
    });
    http2.prependListener('stream', (stream, headers) =>
      this.#onStream(stream as ServerHttp2Stream, headers),
    );
    const everyMs = settings.limits.requestTimeoutMs / SWEEPS_PER_TIMEOUT;
    this.#sweeper = setInterval(() => this.#sweep(), everyMs).unref();
  }

  /** Serves a connection that is ready for HTTP/2. */
  serve(socket: Socket): void {
    this.#arriving = socket;
    this.#inject(socket);
    this.#arriving = undefined;
  }

  /** The request of a call by its `CALL_HEADER`; undefined when the stream has ended. */
  request(id: string): GrpcRequest | undefined {
    return this.#requests.get(id);
  }

  /** Asks all clients to go elsewhere. */
  drain(): void {
    this.#draining = true;
    for (const connection of this.#connections.values()) connection.retire();
  }

  /** Closes what is left, without regard. */
  cut(): void {
    for (const connection of this.#connections.values()) connection.cut();
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  #onSession(session: ServerHttp2Session, socket: Socket): void {
    const { unix, limits, clock } = this.#settings;
    const connection = new GrpcConnection(session, socket, unix ? UNIX_PEER : peerOf(socket), limits, clock);
    this.#connections.set(session, connection);
    session.once('close', () => this.#connections.delete(session));
    if (this.#draining) connection.retire();
  }

  /** Runs before grpc-js sees the stream. */
  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const path = headers[':path'];
    boundTimeout(headers);
    delete headers[CALL_HEADER];
    const connection = stream.session && this.#connections.get(stream.session as ServerHttp2Session);
    if (connection === undefined || stream.destroyed) return;
    const { clock, limits, bidiPaths } = this.#settings;
    const unread = this.#settings.unread.get(path ?? '');
    const call = (gone: boolean): UnreadCall => new UnreadCall(connection.peer, headers, gone);
    const nowMs = clock.monotonicMs();
    const request = new GrpcRequest(
      stream,
      bytesOf(headers),
      connection,
      nowMs,
      this.#accounts,
      limits.maxMessageBytes,
      unread && (() => unread.oversized(call(false))),
    );
    headers[CALL_HEADER] = request.id;
    this.#requests.set(request.id, request);
    if (path === undefined || !bidiPaths.has(path)) this.#receiving.add(request);
    stream.once('close', () => {
      this.#requests.delete(request.id);
      this.#receiving.delete(request);
      if (request.abandoned()) unread?.abandoned(call(true), undefined);
    });
  }

  /** Ends calls whose request has taken too long, so that half-sent messages do not pile up. */
  #sweep(): void {
    const { clock, limits } = this.#settings;
    const tooOldMs = clock.monotonicMs() - limits.requestTimeoutMs;
    for (const request of this.#receiving) {
      if (request.startMs > tooOldMs) break;
      this.#receiving.delete(request);
      if (request.arriving)
        request.answer(GRPC_STATUS.DEADLINE_EXCEEDED, 'The request took too long to arrive.');
    }
  }
}

function bytesOf(headers: IncomingHttpHeaders): number {
  let bytes = 0;
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0);
  return bytes;
}

/**
 * grpc-js counts the milliseconds of a timeout in 32 bits, so that a caller with time for a month (2^31 ms are 24.8 days) would
 * have none; longer timeouts are cut to what it can count.
 */
function boundTimeout(headers: IncomingHttpHeaders): void {
  const timeout = headers['grpc-timeout'];
  if (typeof timeout !== 'string') return;
  const unitMs = { H: 3_600_000, M: 60_000, S: 1000 }[timeout.slice(-1)];
  if (unitMs !== undefined && Number.parseInt(timeout, 10) * unitMs >= 2 ** 31)
    headers['grpc-timeout'] = '2147483S';
}
