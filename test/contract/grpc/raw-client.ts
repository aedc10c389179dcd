/**
 * A gRPC client that does what it is told, also what no well-behaved client does: on node:http2, and with nothing of the
 * transports under test.
 */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Address } from '../../../src/config/address.ts';

/** How a call ended; `reset` is the HTTP/2 error code where the stream was reset instead of answered. */
export interface Outcome {
  readonly status: number | undefined;
  readonly message: string;
  readonly messages: readonly Buffer[];
  readonly reset: number;
}

/** A message in its five-byte frame (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export function frame(message: Uint8Array | string, compressed = false): Buffer {
  const bytes = Buffer.from(message);
  const header = Buffer.alloc(5);
  header.writeUInt8(compressed ? 1 : 0, 0);
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

export class RawCall {
  readonly stream: ClientHttp2Stream;
  #buffered: Buffer = Buffer.alloc(0);
  readonly messages: Buffer[] = [];
  /** Resolves however the call ends. */
  readonly outcome: Promise<Outcome>;
  #onMessage: () => void = () => {};

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream;
    let ending: IncomingHttpHeaders = {};
    const note = (headers: IncomingHttpHeaders): void => {
      if (headers['grpc-status'] === undefined) return;
      ending = headers;
      // Answered: whatever was still to be sent is of no use.
      stream.end();
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('error', () => {});
    stream.on('data', (bytes: Buffer) => this.#take(bytes));
    this.outcome = new Promise((resolve) => {
      stream.once('close', () => {
        const status = ending['grpc-status'];
        resolve({
          status: status === undefined ? undefined : Number(status),
          message: decodeURIComponent(String(ending['grpc-message'] ?? '')),
          messages: this.messages,
          reset: stream.rstCode,
        });
        this.#onMessage();
      });
    });
  }

  send(message: Uint8Array | string): void {
    this.stream.write(frame(message));
  }

  end(): void {
    this.stream.end();
  }

  cancel(): void {
    this.stream.close(8); // CANCEL
  }

  /** Waits until this many messages have arrived, or the call has ended. */
  async received(count: number): Promise<readonly Buffer[]> {
    while (this.messages.length < count && !this.stream.closed) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
    return this.messages;
  }

  #take(bytes: Buffer): void {
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    while (this.#buffered.length >= 5) {
      const length = this.#buffered.readUInt32BE(1);
      if (this.#buffered.length < 5 + length) break;
      this.messages.push(this.#buffered.subarray(5, 5 + length));
      this.#buffered = this.#buffered.subarray(5 + length);
    }
    this.#onMessage();
  }
}

export class RawClient {
  readonly session: ClientHttp2Session;
  readonly socket: Socket;

  private constructor(session: ClientHttp2Session, socket: Socket) {
    this.session = session;
    this.socket = socket;
    session.on('error', () => {});
    socket.on('error', () => {});
  }

  /**
   * Connects; with `tls` as a TLS client that offers h2, and `from` a port of 127.0.0.1 where it matters. Rejects when the
   * connection is refused.
   */
  static async connect(address: Address, tls?: ConnectionOptions, from?: number): Promise<RawClient> {
    const socket = openSocket(address, tls, from);
    await once(socket, tls === undefined ? 'connect' : 'secureConnect');
    const session = connect('http://localhost', {
      createConnection: () => socket,
      // In megabytes. Node's own ten are fewer than what servers are sent here.
      maxSessionMemory: 1000,
    });
    return new RawClient(session, socket);
  }

  /** Starts a call; the caller sends and ends. */
  start(path: string, headers: Record<string, string | string[]> = {}): RawCall {
    return new RawCall(
      this.session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
      }),
    );
  }

  /** A whole unary call. */
  call(
    path: string,
    message: Uint8Array | string,
    headers: Record<string, string | string[]> = {},
  ): Promise<Outcome> {
    const call = this.start(path, headers);
    call.stream.end(frame(message));
    return call.outcome;
  }

  /** Resolves when the connection has ended, from either side. */
  closed(): Promise<void> {
    if (this.socket.closed) return Promise.resolve();
    return new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  close(): void {
    this.session.destroy();
    this.socket.destroy();
  }
}

function openSocket(address: Address, tls: ConnectionOptions | undefined, from: number | undefined): Socket {
  const plain = connectSocket(
    address.kind === 'unix'
      ? { path: address.path }
      : {
          host: address.host,
          port: address.port,
          ...(from !== undefined && { localAddress: '127.0.0.1', localPort: from }),
        },
  );
  return tls === undefined
    ? plain
    : connectTls({ socket: plain, ALPNProtocols: ['h2'], servername: 'localhost', ...tls });
}
