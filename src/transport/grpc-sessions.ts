/** The HTTP/2 connections of one listener: their peers, their age, clients that send too slowly, and their end. */
import {
  constants,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Peer } from '../rpc.ts';
import { peerOf, UNIX_PEER, UNKNOWN_PEER } from './peer.ts';
import { retireSession } from './retire-session.ts';
import type { GrpcLimits } from './transport.ts';

/** How long a client may take to close its half of a connection that we have closed. */
const CLIENT_WAIT_MS = 500;
/** A request may take this much longer than its timeout: one timer looks at all. */
const SWEEPS_PER_TIMEOUT = 4;

export interface SessionSettings {
  readonly limits: GrpcLimits;
  readonly clock: Clock;
  readonly unix: boolean;
  /** Methods whose clients may take their time. */
  readonly bidiPaths: ReadonlySet<string>;
}

export class GrpcSessions {
  readonly #settings: SessionSettings;
  readonly #peers = new Map<string, Peer>();
  readonly #inject: (socket: Socket) => void;
  /** The socket that is being made a session, which happens in one go. */
  #arriving: Socket | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<ServerHttp2Session, Socket>();
  /** Calls whose request may still be arriving, with the time they began. */
  readonly #receiving = new Map<ServerHttp2Stream, number>();
  readonly #sweeper: NodeJS.Timeout;
  #nowMs: number;
  #draining = false;

  constructor(http2: Http2Server, inject: (socket: Socket) => void, settings: SessionSettings) {
    this.#inject = inject;
    this.#settings = settings;
    this.#nowMs = settings.clock.monotonicMs();
    http2.on('session', (session) => {
      if (this.#arriving !== undefined) this.#onSession(session, this.#arriving);
    });
    http2.prependListener('stream', (stream, headers) =>
      this.#onStream(stream as ServerHttp2Stream, headers),
    );
    const everyMs = settings.limits.requestTimeoutMs / SWEEPS_PER_TIMEOUT;
    this.#sweeper = setInterval(() => this.#sweep(), everyMs).unref();
  }

  /** Takes note of a connection as it is accepted, before TLS. */
  accepted(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Serves a connection that is ready for HTTP/2. */
  serve(socket: Socket): void {
    // A socket may fail before HTTP/2 listens to it, and after it stopped.
    socket.on('error', () => {});
    socket.once('finish', () => setTimeout(() => socket.destroy(), CLIENT_WAIT_MS).unref());
    if (!this.#settings.unix) this.#notePeer(socket);
    this.#arriving = socket;
    this.#inject(socket);
    this.#arriving = undefined;
  }

  /**
   * The peer of a call by the address that grpc-js gives for its connection, which is all it gives. An address and port that
   * are in use name one connection; where the connection is gone, nothing is proved about its caller.
   */
  peer(address: string): Peer {
    return this.#settings.unix ? UNIX_PEER : (this.#peers.get(address) ?? UNKNOWN_PEER);
  }

  /** Asks all clients to go elsewhere; ends when they have, or when `cut` was called. */
  async drain(): Promise<void> {
    this.#draining = true;
    const closed = [...this.#sockets].map(
      (socket) => new Promise((resolve) => socket.once('close', resolve)),
    );
    for (const [session, socket] of this.#sessions) retireSession(session, socket);
    for (const socket of this.#sockets) if (!this.#isReady(socket)) socket.destroy();
    await Promise.all(closed);
    clearInterval(this.#sweeper);
  }

  /** Closes what is left, without regard. */
  cut(): void {
    for (const session of this.#sessions.keys()) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Reads the peer once, for `peer` to find. */
  #notePeer(socket: Socket): void {
    const peer = peerOf(socket);
    const key = keyOf(socket);
    this.#peers.set(key, peer);
    socket.once('close', () => {
      // The same address and port may already be those of the next connection.
      if (this.#peers.get(key) === peer) this.#peers.delete(key);
    });
  }

  /** False while TLS is being negotiated. */
  #isReady(socket: Socket): boolean {
    return this.#settings.unix || this.#peers.has(keyOf(socket));
  }

  #onSession(session: ServerHttp2Session, socket: Socket): void {
    this.#sessions.set(session, socket);
    const { maxConnectionAgeMs, maxConnectionAgeGraceMs } = this.#settings.limits;
    let timer: NodeJS.Timeout | undefined;
    if (Number.isFinite(maxConnectionAgeMs)) {
      timer = setTimeout(
        () => {
          retireSession(session, socket);
          timer = setTimeout(() => session.destroy(), maxConnectionAgeGraceMs).unref();
        },
        maxConnectionAgeMs * (0.9 + Math.random() * 0.2),
      ).unref();
    }
    session.once('close', () => {
      clearTimeout(timer);
      this.#sessions.delete(session);
    });
    if (this.#draining) retireSession(session, socket);
  }

  /** Runs before grpc-js sees the stream. */
  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const path = headers[':path'];
    boundTimeout(headers);
    if (path !== undefined && this.#settings.bidiPaths.has(path)) return;
    this.#receiving.set(stream, this.#nowMs);
    stream.once('close', () => this.#receiving.delete(stream));
  }

  /** Ends calls whose request has taken too long, so that half-sent messages do not pile up. */
  #sweep(): void {
    this.#nowMs = this.#settings.clock.monotonicMs();
    const tooOldMs = this.#nowMs - this.#settings.limits.requestTimeoutMs;
    for (const [stream, startMs] of this.#receiving) {
      if (startMs > tooOldMs) break; // In order of arrival.
      this.#receiving.delete(stream);
      if (!stream.readableEnded && !stream.closed) refuseSlow(stream);
    }
  }
}

/** As grpc-js writes the address of a connection (`getPeer`). */
function keyOf(socket: Socket): string {
  return `${socket.remoteAddress}:${socket.remotePort}`;
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

function refuseSlow(stream: ServerHttp2Stream): void {
  if (!stream.headersSent) {
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc+proto',
        'grpc-status': '4',
        'grpc-message': 'The request took too long to arrive.',
      },
      { endStream: true },
    );
  }
  stream.close(constants.NGHTTP2_NO_ERROR);
}
