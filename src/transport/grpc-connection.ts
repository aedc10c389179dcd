/** One HTTP/2 connection: who is at the other end, and when it has to end. */
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Peer } from '../rpc.ts';
import { retireSession } from './retire-session.ts';
import type { GrpcLimits } from './transport.ts';

export class GrpcConnection {
  readonly peer: Peer;
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;

  constructor(session: ServerHttp2Session, socket: Socket, peer: Peer, limits: GrpcLimits) {
    this.#session = session;
    this.#socket = socket;
    this.peer = peer;
    const { maxConnectionAgeMs, maxConnectionAgeGraceMs } = limits;
    if (Number.isFinite(maxConnectionAgeMs)) {
      this.#timer = setTimeout(
        () => {
          this.retire();
          this.#timer = setTimeout(() => session.destroy(), maxConnectionAgeGraceMs).unref();
        },
        maxConnectionAgeMs * (0.9 + Math.random() * 0.2),
      ).unref();
    }
    session.once('close', () => clearTimeout(this.#timer));
  }

  /** Asks the client to go elsewhere; calls in flight are answered. */
  retire(): void {
    retireSession(this.#session, this.#socket);
  }

  cut(): void {
    this.#session.destroy();
  }
}
