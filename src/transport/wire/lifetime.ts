/** When a connection has to end, beside its own mistakes: silent, idle, half-open, old, or told to go. */
import type { Clock } from '../../clock.ts';
import { ConnectionAge } from '../connection-age.ts';
import type { GrpcLimits } from '../transport.ts';
import { GOODBYE_PING_MS, PREFACE_TIMEOUT_MS, SETTINGS_TIMEOUT_MS } from './bounds.ts';
import type { WireConnection } from './connection.ts';
import { CODE } from './frames.ts';
import type { SocketEdge } from './socket-edge.ts';

/** Node's timers count no further than 24 days; a look now and then costs nothing. */
const LONGEST_WAIT_MS = 3_600_000;

/** What our pings say, so that their answers tell which it was. */
const KEEPALIVE = Buffer.from('keepaliv');
const GOODBYE = Buffer.from('goodbye.');

/** What is ended. */
type Mortal = Pick<SocketEdge, 'connection' | 'cut'>;

export class Lifetime {
  readonly #edge: Mortal;
  readonly #connection: WireConnection;
  readonly #limits: GrpcLimits;
  readonly #clock: Clock;
  readonly #age: ConnectionAge;
  /** The next look at the handshake, the silence, the idleness, and the end of a goodbye. */
  #handshakeTimer: NodeJS.Timeout | undefined;
  #silenceTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #goodbyeTimer: NodeJS.Timeout | undefined;
  #retiring = false;

  constructor(edge: Mortal, certificateEndMs: number) {
    const { connection } = edge;
    const { limits, clock } = connection.scope;
    this.#edge = edge;
    this.#connection = connection;
    this.#limits = limits;
    this.#clock = clock;
    this.#age = new ConnectionAge(certificateEndMs, limits, clock, {
      retire: () => this.retire(),
      cut: () => edge.cut(),
    });
    connection.onPong = (bytes, start) => {
      if (GOODBYE.compare(bytes, start, start + GOODBYE.length) === 0 && this.#retiring) this.#lastStep();
    };
    this.#handshakeTimer = setTimeout(() => this.#checkPreface(), PREFACE_TIMEOUT_MS).unref();
    this.#watchSilence(limits.keepaliveIntervalMs);
    this.#watchIdleness(limits.maxConnectionIdleMs);
  }

  /**
   * Asks the client to go elsewhere, in the two steps of RFC 9113, 6.8: first "open no more streams", then, when the answer to a
   * ping shows that the client has read it, the number of the last stream. Between the two, calls that were already on their
   * way are answered.
   */
  retire(): void {
    if (this.#retiring || this.#connection.over) return;
    this.#retiring = true;
    this.#connection.announceEnd(GOODBYE);
    this.#goodbyeTimer = setTimeout(() => this.#lastStep(), GOODBYE_PING_MS).unref();
  }

  /** Whether there is a client that can be asked to go: it has spoken, nothing has ended it, and it was not asked yet. */
  get mayRetire(): boolean {
    const { over, settingsReceived } = this.#connection;
    return settingsReceived && !over && !this.#retiring;
  }

  stop(): void {
    this.#age.stop();
    clearTimeout(this.#handshakeTimer);
    clearTimeout(this.#silenceTimer);
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#goodbyeTimer);
  }

  #lastStep(): void {
    clearTimeout(this.#goodbyeTimer);
    this.#connection.takeNoMore();
  }

  #checkPreface(): void {
    const connection = this.#connection;
    if (!connection.settingsReceived) this.#edge.cut();
    else if (!connection.settingsAcknowledged)
      this.#handshakeTimer = setTimeout(() => this.#checkSettings(), SETTINGS_TIMEOUT_MS).unref();
  }

  #checkSettings(): void {
    if (!this.#connection.settingsAcknowledged)
      this.#connection.fail(CODE.SETTINGS_TIMEOUT, 'our SETTINGS are not acknowledged');
  }

  #watchSilence(waitMs: number): void {
    if (waitMs === Number.POSITIVE_INFINITY) return;
    this.#silenceTimer = setTimeout(() => this.#checkSilence(), Math.min(waitMs, LONGEST_WAIT_MS)).unref();
  }

  #checkSilence(): void {
    const connection = this.#connection;
    const { keepaliveIntervalMs, keepaliveTimeoutMs } = this.#limits;
    const leftMs = connection.heardMs + keepaliveIntervalMs - this.#clock.monotonicMs();
    // While the client does not read, we read nothing either, and the socket's edge looks at the clock.
    if (leftMs > 0 || connection.sending.blocked) {
      this.#watchSilence(Math.max(leftMs, keepaliveTimeoutMs / 4));
      return;
    }
    const { heardMs } = connection;
    connection.sending.ping(KEEPALIVE, false);
    connection.wake();
    this.#silenceTimer = setTimeout(() => {
      if (connection.heardMs === heardMs && !connection.sending.blocked) this.#edge.cut();
      else this.#watchSilence(keepaliveIntervalMs);
    }, keepaliveTimeoutMs).unref();
  }

  #watchIdleness(waitMs: number): void {
    if (waitMs === Number.POSITIVE_INFINITY) return;
    this.#idleTimer = setTimeout(() => this.#checkIdleness(), Math.min(waitMs, LONGEST_WAIT_MS)).unref();
  }

  #checkIdleness(): void {
    const { maxConnectionIdleMs } = this.#limits;
    const idleMs = this.#clock.monotonicMs() - this.#connection.quietSinceMs;
    if (this.#connection.calls.size > 0) this.#watchIdleness(maxConnectionIdleMs);
    else if (idleMs < maxConnectionIdleMs) this.#watchIdleness(maxConnectionIdleMs - idleMs);
    else this.retire();
  }
}
