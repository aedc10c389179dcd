/**
 * The gRPC transport on HTTP/2 frames of our own: sockets at the edge, everything between them and the handlers in this folder
 * (`docs/adr/0020-wire-transport.md`).
 */
import type { Socket } from 'node:net';
import { type Clock, systemClock } from '../../clock.ts';
import type { Address } from '../../config/address.ts';
import { PortcullisError } from '../../errors.ts';
import type { RpcMethod } from '../../rpc.ts';
import { Acceptor } from '../acceptor.ts';
import { SHUTTING_DOWN, statusOf } from '../grpc-status.ts';
import { certificateEndMs, peerOf, UNIX_PEER, UNKNOWN_PEER } from '../peer.ts';
import { RequestAccounts } from '../request-accounts.ts';
import { type GrpcLimits, type GrpcTransport, type GrpcTransportOptions, grpcLimits } from '../transport.ts';
import { Deadlines } from './deadlines.ts';
import { beginWaiting } from './handlers.ts';
import { Lifetime } from './lifetime.ts';
import type { Methods } from './request-head.ts';
import type { WireScope } from './scope.ts';
import { SlowCalls } from './slow-calls.ts';
import { SocketEdge } from './socket-edge.ts';
import { Turns } from './turns.ts';

/** How long streams have to carry their last status after the grace of a drain. */
const LAST_WORDS_MS = 250;

/** A transport of these methods; `listen` opens it. */
export function createWireTransport(
  options: GrpcTransportOptions,
  methods: readonly RpcMethod[],
): GrpcTransport {
  return new WireTransport(options, methods);
}

class WireTransport implements GrpcTransport {
  readonly #unix: boolean;
  readonly #acceptor: Acceptor;
  readonly #scope: WireScope;
  readonly #open = new Map<SocketEdge, Lifetime>();
  #draining: Promise<void> | undefined;

  constructor(options: GrpcTransportOptions, methods: readonly RpcMethod[]) {
    const clock = options.clock ?? systemClock;
    const onError = options.onError ?? (() => {});
    const limits = grpcLimits(options);
    this.#unix = options.address.kind === 'unix';
    this.#scope = scopeOf(limits, clock, methodsByPath(methods), onError);
    const { maxConnections } = limits;
    this.#acceptor = new Acceptor({ ...options, maxConnections, clock, onError }, (socket) =>
      this.#serve(socket),
    );
  }

  async listen(): Promise<Address> {
    try {
      return await this.#acceptor.listen();
    } catch (error) {
      await this.drain(0);
      throw error;
    }
  }

  drain(graceMs: number): Promise<void> {
    this.#draining ??= this.#drain(graceMs);
    return this.#draining;
  }

  connections(): number {
    let count = 0;
    for (const lifetime of this.#open.values()) if (lifetime.mayRetire) count++;
    return count;
  }

  retireOne(): void {
    this.#open
      .values()
      .find((lifetime) => lifetime.mayRetire)
      ?.retire();
  }

  #serve(socket: Socket): void {
    const peer = this.#unix ? UNIX_PEER : peerOf(socket);
    if (peer === UNKNOWN_PEER) {
      // It has gone already.
      socket.destroy();
      return;
    }
    const edge = new SocketEdge(socket, this.#scope, peer);
    const lifetime = new Lifetime(edge, certificateEndMs(socket));
    this.#open.set(edge, lifetime);
    socket.once('close', () => {
      this.#open.delete(edge);
      lifetime.stop();
    });
    if (this.#draining !== undefined) lifetime.retire();
  }

  async #drain(graceMs: number): Promise<void> {
    const stopped = this.#acceptor.unbind();
    for (const lifetime of this.#open.values()) lifetime.retire();
    this.#acceptor.closeNegotiating();
    let timer: NodeJS.Timeout | undefined;
    timer = setTimeout(() => {
      this.#endCalls();
      timer = setTimeout(() => this.#acceptor.cut(), LAST_WORDS_MS);
    }, graceMs);
    await this.#acceptor.allClosed();
    clearTimeout(timer);
    await stopped;
    this.#scope.deadlines.close();
    this.#scope.slow.close();
    await this.#acceptor.close();
  }

  /** What is open still ends with UNAVAILABLE. */
  #endCalls(): void {
    for (const { connection } of this.#open.keys()) {
      for (const call of connection.calls.values()) {
        call.cut(SHUTTING_DOWN);
      }
      connection.wake();
    }
  }
}

/** Who is told of errors may fail itself: calls are answered, and timers go on, all the same. */
function contained(onError: (error: PortcullisError) => void): (error: PortcullisError) => void {
  return (error) => {
    try {
      onError(error);
    } catch {
      // There is nobody left to tell.
    }
  };
}

function methodsByPath(methods: readonly RpcMethod[]): Methods {
  const byPath = new Map<string, RpcMethod>();
  for (const method of methods) {
    if (byPath.has(method.path)) throw new PortcullisError('internal', `${method.path} is registered twice.`);
    byPath.set(method.path, method);
  }
  return byPath;
}

function scopeOf(
  limits: GrpcLimits,
  clock: Clock,
  methods: Methods,
  onError: (error: PortcullisError) => void,
): WireScope {
  const nowMs = (): number => clock.monotonicMs();
  return {
    limits,
    clock,
    methods,
    accounts: new RequestAccounts(limits),
    deadlines: new Deadlines(nowMs),
    slow: new SlowCalls(limits.requestTimeoutMs, nowMs),
    turns: new Turns(nowMs, beginWaiting),
    streamTurns: new Turns(nowMs, (stream) => stream.begin()),
    status: (thrown) => statusOf(thrown, contained(onError)),
  };
}
