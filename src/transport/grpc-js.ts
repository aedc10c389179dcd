/**
 * The gRPC transport on @grpc/grpc-js. Sockets, TLS and connections are ours (grpc-js gets each connection by its injector);
 * HTTP/2 streams, framing, compression and deadlines are grpc-js's. Handlers get and give encoded messages: the
 * (de)serialisers are the identity.
 */
import type { Socket } from 'node:net';
import {
  type handleBidiStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { type Clock, systemClock } from '../clock.ts';
import type { Address } from '../config/address.ts';
import { PortcullisError } from '../errors.ts';
import type { RpcMethod } from '../rpc.ts';
import { Acceptor } from './acceptor.ts';
import { type AnyCall, GrpcCall } from './grpc-call.ts';
import { bidi, type CallScope, serverStream, unary } from './grpc-handlers.ts';
import { boundHttp2, http2ServerOf } from './grpc-js-internals.ts';
import { CALL_HEADER, GrpcSessions } from './grpc-sessions.ts';
import { type GrpcStatus, statusOf } from './grpc-status.ts';
import { UNKNOWN_PEER } from './peer.ts';
import { type GrpcLimits, type GrpcTransport, type GrpcTransportOptions, grpcLimits } from './transport.ts';

/** How long streams have to carry their last status after the grace of a drain. */
const LAST_WORDS_MS = 250;
/** grpc-js counts in 32 bits; this is its "never". */
const NEVER_MS = 2 ** 31 - 1;

// grpc-js prints headers that it cannot read, tokens in them included, as often as strangers send them.
setLogVerbosity(logVerbosity.NONE);

/** A transport of these methods; `listen` opens it. */
export function createGrpcTransport(
  options: GrpcTransportOptions,
  methods: readonly RpcMethod[],
): GrpcTransport {
  return new GrpcJsTransport(options, methods);
}

type GrpcJsHandler =
  | handleUnaryCall<Buffer, Buffer>
  | handleServerStreamingCall<Buffer, Buffer>
  | handleBidiStreamingCall<Buffer, Buffer>;

class GrpcJsTransport implements GrpcTransport, CallScope {
  readonly streams: Set<() => void> = new Set();
  readonly #clock: Clock;
  readonly #onError: (error: PortcullisError) => void;
  readonly #server: Server;
  readonly #sessions: GrpcSessions;
  readonly #limits: GrpcLimits;
  readonly #acceptor: Acceptor;
  #drained: Promise<void> | undefined;

  constructor(options: GrpcTransportOptions, methods: readonly RpcMethod[]) {
    this.#clock = options.clock ?? systemClock;
    this.#onError = options.onError ?? (() => {});
    this.#limits = grpcLimits(options);
    this.#server = new Server(serverOptions(this.#limits));
    boundHttp2(this.#server, this.#limits);
    for (const method of methods) this.#register(method);
    const injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    const inject = (socket: Socket): void => injector.injectConnection(socket);
    const { maxConnections } = this.#limits;
    this.#acceptor = new Acceptor(
      { ...options, maxConnections, clock: this.#clock, onError: this.#onError },
      (socket) => this.#sessions.serve(socket),
    );
    this.#sessions = new GrpcSessions(http2ServerOf(this.#server), inject, {
      limits: this.#limits,
      clock: this.#clock,
      unix: options.address.kind === 'unix',
      bidiPaths: new Set(methods.filter(({ kind }) => kind === 'bidi').map(({ path }) => path)),
      unread: new Map(
        methods.flatMap((method) =>
          method.kind === 'unary' && method.unread ? [[method.path, method.unread]] : [],
        ),
      ),
    });
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
    this.#drained ??= this.#drain(graceMs);
    return this.#drained;
  }

  open(call: AnyCall): GrpcCall | undefined {
    const [id] = call.metadata.get(CALL_HEADER);
    call.metadata.remove(CALL_HEADER);
    const request = this.#sessions.request(String(id));
    // grpc-js starts handlers also for connections that broke while the request was being read.
    if (call.cancelled || request === undefined || request.connection.peer === UNKNOWN_PEER) return undefined;
    // And for messages that end when their deadline has been answered.
    if (request.answered) return undefined;
    if ('request' in call) request.begun(call.request.length);
    const deadline = call.getDeadline();
    if (deadline === Number.POSITIVE_INFINITY) return new GrpcCall(call, request, deadline);
    // On the wall clock, and read within milliseconds of being written.
    const remainingMs = Number(deadline) - Date.now();
    return new GrpcCall(call, request, this.#clock.monotonicMs() + remainingMs);
  }

  late(context: GrpcCall): boolean {
    return context.deadlineMs !== Number.POSITIVE_INFINITY && this.#clock.monotonicMs() >= context.deadlineMs;
  }

  status(thrown: unknown): GrpcStatus {
    return statusOf(thrown, this.#onError);
  }

  #register(method: RpcMethod): void {
    const add = (type: string, handler: GrpcJsHandler): boolean =>
      this.#server.register<Buffer, Buffer>(method.path, handler, identity, identity, type);
    let added: boolean;
    if (method.kind === 'unary') added = add('unary', unary(method.handler, this));
    else if (method.kind === 'bidi') added = add('bidi', bidi(method.handler, this));
    else added = add('serverStream', serverStream(method.handler, this));
    if (!added) throw new PortcullisError('internal', `${method.path} is registered twice.`);
  }

  async #drain(graceMs: number): Promise<void> {
    const stopped = this.#acceptor.unbind();
    const ended = this.#acceptor.allClosed();
    this.#sessions.drain();
    this.#acceptor.closeNegotiating();
    let timer: NodeJS.Timeout | undefined;
    timer = setTimeout(() => {
      for (const giveUp of this.streams) giveUp();
      timer = setTimeout(() => this.#cut(), LAST_WORDS_MS);
    }, graceMs);
    await ended;
    clearTimeout(timer);
    await stopped;
    this.#server.forceShutdown();
    this.#sessions.close();
    await this.#acceptor.close();
  }

  /** Closes what is left, without regard. */
  #cut(): void {
    this.#sessions.cut();
    this.#acceptor.cut();
  }
}

function identity(bytes: Buffer): Buffer {
  return bytes;
}

/** Connection age is ours to keep (`grpc-sessions.ts`); idleness and keepalive grpc-js does well. */
function serverOptions(limits: GrpcLimits): Record<string, number> {
  return {
    'grpc.enable_channelz': 0,
    'grpc.max_receive_message_length': limits.maxMessageBytes,
    'grpc.max_send_message_length': -1,
    // In megabytes. Counts answers that the client does not read, and refuses it further calls.
    'grpc-node.max_session_memory': Math.ceil((2 * limits.maxPendingBytesPerConnection) / 1e6),
    'grpc.max_connection_idle_ms': Math.min(limits.maxConnectionIdleMs, NEVER_MS),
    'grpc.keepalive_time_ms': Math.min(limits.keepaliveIntervalMs, NEVER_MS),
    'grpc.keepalive_timeout_ms': limits.keepaliveTimeoutMs,
  };
}
