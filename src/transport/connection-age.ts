/** When a connection has to end although nothing is wrong with it: its age, and the client certificate that it began with. */
import type { Clock } from '../clock.ts';
import type { GrpcLimits } from './transport.ts';

/** The wall clock may be set, and Node's timers count no further than 24 days: how often it is looked at again. */
const LOOK_AT_CLOCK_MS = 60_000;

export interface Mortal {
  /** Asks the client to go elsewhere; calls in flight are answered. */
  retire(): void;
  cut(): void;
}

export class ConnectionAge {
  readonly #certificateEndMs: number;
  readonly #limits: GrpcLimits;
  readonly #clock: Clock;
  readonly #connection: Mortal;
  #ageTimer: NodeJS.Timeout | undefined;
  #certificateTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;

  /** `certificateEndMs` on the wall clock; Infinity without a certificate. */
  constructor(certificateEndMs: number, limits: GrpcLimits, clock: Clock, connection: Mortal) {
    this.#certificateEndMs = certificateEndMs;
    this.#limits = limits;
    this.#clock = clock;
    this.#connection = connection;
    if (Number.isFinite(limits.maxConnectionAgeMs)) {
      const ageMs = limits.maxConnectionAgeMs * (0.9 + Math.random() * 0.2);
      this.#ageTimer = setTimeout(() => this.#end(), ageMs).unref();
    }
    if (Number.isFinite(certificateEndMs)) this.#checkCertificate();
  }

  /** The connection is gone. */
  stop(): void {
    for (const timer of [this.#ageTimer, this.#certificateTimer, this.#endTimer]) clearTimeout(timer);
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
    this.#connection.retire();
    this.#endTimer ??= setTimeout(() => this.#connection.cut(), this.#limits.maxConnectionAgeGraceMs).unref();
  }
}
