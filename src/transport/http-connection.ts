/** One HTTP/1.1 connection: who is at the other end, and for how long that is taken for proved. */
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Peer } from '../rpc.ts';
import { certificateEndMs, peerOf, UNIX_PEER } from './peer.ts';
import type { Account } from './request-accounts.ts';
import { VERIFIED_CONNECTION_AGE_MS } from './tls.ts';

export class HttpConnection {
  readonly peer: Peer;
  /** What its requests hold. */
  readonly account: Account = { heldBytes: 0, requests: new Set() };
  readonly #clock: Clock;
  readonly #certificateEndMs: number;
  /** On the monotonic clock. */
  readonly #oldAtMs: number;

  constructor(socket: Socket, unix: boolean, clock: Clock) {
    this.peer = unix ? UNIX_PEER : peerOf(socket);
    this.#clock = clock;
    this.#certificateEndMs = certificateEndMs(socket);
    this.#oldAtMs =
      this.peer.certificate === undefined
        ? Number.POSITIVE_INFINITY
        : clock.monotonicMs() + VERIFIED_CONNECTION_AGE_MS;
  }

  /** True when the client certificate has ended since it was verified. */
  certificateEnded(): boolean {
    return this.#certificateEndMs <= this.#clock.wallMs();
  }

  /** True when the connection should close with its next answer, so that the certificate is verified anew. */
  isOld(): boolean {
    return this.#oldAtMs <= this.#clock.monotonicMs() || this.certificateEnded();
  }
}
