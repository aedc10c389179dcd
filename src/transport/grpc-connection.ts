/** One HTTP/2 connection: who is at the other end, and when it has to end. */
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Peer } from '../rpc.ts';
import { ConnectionAge } from './connection-age.ts';
import { certificateEndMs } from './peer.ts';
import type { Account } from './request-accounts.ts';
import { retireSession } from './retire-session.ts';
import type { GrpcLimits } from './transport.ts';

export class GrpcConnection {
  readonly peer: Peer;
  /** What its requests hold. */
  readonly account: Account = { heldBytes: 0, requests: new Set() };
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;

  constructor(session: ServerHttp2Session, socket: Socket, peer: Peer, limits: GrpcLimits, clock: Clock) {
    this.peer = peer;
    this.#session = session;
    this.#socket = socket;
    const age = new ConnectionAge(certificateEndMs(socket), limits, clock, this);
    session.once('close', () => age.stop());
  }

  /** Asks the client to go elsewhere; calls in flight are answered. */
  retire(): void {
    retireSession(this.#session, this.#socket);
  }

  cut(): void {
    this.#session.destroy();
  }
}
