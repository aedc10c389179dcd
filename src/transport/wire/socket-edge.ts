/** Between a socket and its connection: reads go in whole, and what they are answered with leaves in one write. */
import type { Socket } from 'node:net';
import type { Peer } from '../../rpc.ts';
import { SOCKET_BACKLOG_BYTES } from './bounds.ts';
import { type Edge, WireConnection } from './connection.ts';
import type { WireScope } from './scope.ts';

export class SocketEdge implements Edge {
  readonly connection: WireConnection;
  readonly #socket: Socket;
  readonly #stallMs: number;
  #reading = false;
  #scheduled = false;
  /** How long what was written may take to leave; undefined until the connection ends. */
  #endWaitMs: number | undefined;
  #stallTimer: NodeJS.Timeout | undefined;
  readonly #onTick = (): void => {
    this.#scheduled = false;
    this.#flush();
  };
  readonly #write = (bytes: Buffer): boolean => {
    this.#socket.write(bytes);
    return this.#socket.writableLength === 0;
  };

  constructor(socket: Socket, scope: WireScope, peer: Peer) {
    this.#socket = socket;
    this.#stallMs = scope.limits.keepaliveTimeoutMs;
    this.connection = new WireConnection(scope, peer, this);
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    socket.on('drain', () => this.#onDrain());
    socket.once('close', () => {
      clearTimeout(this.#stallTimer);
      this.connection.abandon();
    });
    this.#flush();
  }

  wake(): void {
    // What is written while a read is taken in leaves at its end.
    if (this.#reading || this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#onTick);
  }

  end(waitMs: number): void {
    this.#endWaitMs = waitMs;
    this.wake();
  }

  /** Closes it without regard. */
  cut(): void {
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    this.#reading = true;
    this.connection.receive(bytes);
    this.#reading = false;
    this.#flush();
  }

  #flush(): void {
    const { sending } = this.connection;
    const { out } = sending;
    while (out.length > 0 && !this.#socket.destroyed) {
      out.flush(this.#write);
      if (this.#socket.writableLength > SOCKET_BACKLOG_BYTES) this.#block();
      // Answers that waited only for this write.
      else sending.resume();
    }
    if (this.#endWaitMs === undefined || this.#socket.writableEnded) return;
    this.#socket.end();
    this.#socket.resume();
    clearTimeout(this.#stallTimer);
    this.#stallTimer = setTimeout(() => this.cut(), this.#endWaitMs).unref();
  }

  /** The client does not read: nothing more is read from it either, until it does. */
  #block(): void {
    const { sending } = this.connection;
    if (sending.blocked) return;
    sending.blocked = true;
    this.#socket.pause();
    this.#stallTimer = setTimeout(() => this.cut(), this.#stallMs).unref();
  }

  #onDrain(): void {
    const { sending } = this.connection;
    if (!sending.blocked) return;
    if (this.#endWaitMs === undefined) clearTimeout(this.#stallTimer);
    sending.blocked = false;
    this.#socket.resume();
    sending.resume();
    this.#flush();
  }
}
