/** One HTTP/2 connection: who is at the other end, and when it has to end. */
import type { ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Peer } from '../rpc.ts';
import { certificateEndMs } from './peer.ts';
import type { Account } from './request-accounts.ts';
import { retireSession } from './retire-session.ts';
import type { GrpcLimits } from './transport.ts';

/** The wall clock may be set, and Node's timers count no further than 24 days: how often it is looked at again. */
const LOOK_AT_CLOCK_MS = 60_000;

export class GrpcConnection {
  readonly peer: Peer;
  /** What its requests hold. */
  readonly account: Account = { heldBytes: 0, requests: new Set() };
  readonly #session: ServerHttp2Session;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: GrpcLimits;
  readonly #certificateEndMs: number;
  #ageTimer: NodeJS.Timeout | undefined;
  #certificateTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(session: ServerHttp2Session, socket: Socket, peer: Peer, limits: GrpcLimits, clock: Clock) {
    this.peer = peer;
    this.#session = session;
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#certificateEndMs = certificateEndMs(socket);
    if (Number.isFinite(limits.maxConnectionAgeMs)) {
      const ageMs = limits.maxConnectionAgeMs * (0.9 + Math.random() * 0.2);
      this.#ageTimer = setTimeout(() => this.#end(), ageMs).unref();
    }
    if (Number.isFinite(this.#certificateEndMs)) this.#checkCertificate();
    session.once('close', () => {
      for (const timer of [this.#ageTimer, this.#certificateTimer, this.#endTimer]) clearTimeout(timer);
    });
  }

  /** Asks the client to go elsewhere; calls in flight are answered. */
  retire(): void {
    retireSession(this.#session, this.#socket);
  }

  cut(): void {
    this.#session.destroy();
  }

  /** What a certificate proved ends with it, not with the connection. */
  #checkCertificate(): void {
    const leftMs = this.#certificateEndMs - this.#clock.wallMs();
    if (leftMs <= 0) {
      this.#end();
      return;
    }
    const waitMs = Math.min(leftMs, LOOK_AT_CLOCK_MS);
    this.#certificateTimer = setTimeout(() => this.#checkCertificate(), waitMs).unref();
  }

  #end(): void {
    this.retire();
    this.#endTimer ??= setTimeout(() => this.cut(), this.#limits.maxConnectionAgeGraceMs).unref();
  }
}
