/**
 * What a gRPC transport is: it moves the bytes of calls between sockets and the handlers of `rpc.ts`. Every implementation
 * passes the one suite in `test/contract/grpc-transport.ts`.
 */
import type { Clock } from '../clock.ts';
import type { Address } from '../config/address.ts';
import type { PortcullisError } from '../errors.ts';
import type { RpcMethod } from '../rpc.ts';
import { type TlsFiles, VERIFIED_CONNECTION_AGE_MS } from './tls.ts';

/** What one client, and all of them together, may use. */
export interface GrpcLimits {
  /** Largest request message, also after inflating. */
  readonly maxMessageBytes: number;
  /** Calls at once on one connection; more wait at the client. */
  readonly maxConcurrentStreams: number;
  /** Connections at once; more are closed as they arrive. */
  readonly maxConnections: number;
  /** Largest list of request headers, counted as RFC 9113, 6.5.2 does. */
  readonly maxHeaderBytes: number;
  /**
   * What the server holds of requests at once, on one connection and on all of this listener: bytes that have arrived, what
   * compressed ones may be inflated to, and what streams themselves cost. Requests beyond it are refused with
   * RESOURCE_EXHAUSTED, on the connection that holds most.
   */
  readonly maxPendingBytesPerConnection: number;
  readonly maxPendingBytes: number;
  /** How long a client may take to send the request of a unary or server-streaming call. */
  readonly requestTimeoutMs: number;
  /** How often a connection is pinged, and how long a ping may stay unanswered. */
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  /** Closes a connection without calls after this long; Infinity for never. */
  readonly maxConnectionIdleMs: number;
  /**
   * Asks the client to connect anew after this long, ±10 %: load spreads over servers, and client certificates are verified
   * anew. Infinity for never, which is the default where no client certificates are verified; elsewhere it is an hour.
   * Whatever it is, a connection does not outlive the client certificate that it began with.
   */
  readonly maxConnectionAgeMs: number;
  /** How long calls may go on after that before the connection is cut. */
  readonly maxConnectionAgeGraceMs: number;
  /** Calls that a client may reset at once, and per second, before it is sent away (CVE-2023-44487). */
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
}

/**
 * 4 MiB is gRPC's own default for messages and 1024 Envoy's for streams. The reset budget is far above Node's (1000, then 33 a
 * second): a slow policy under a short client timeout looks like a storm of resets, and must not cost the connection.
 */
export const GRPC_LIMITS: GrpcLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxConcurrentStreams: 1024,
  maxConnections: 10_000,
  maxHeaderBytes: 16 * 1024,
  maxPendingBytesPerConnection: 64 * 1024 * 1024,
  maxPendingBytes: 256 * 1024 * 1024,
  requestTimeoutMs: 30_000,
  keepaliveIntervalMs: 120_000,
  keepaliveTimeoutMs: 20_000,
  maxConnectionIdleMs: Number.POSITIVE_INFINITY,
  maxConnectionAgeMs: Number.POSITIVE_INFINITY,
  maxConnectionAgeGraceMs: 30_000,
  resetBurst: 10_000,
  resetsPerSecond: 1000,
};

/** How long a client may take to close its half of a connection that we have closed. */
export const CLIENT_WAIT_MS = 500;

export interface GrpcTransportOptions {
  readonly address: Address;
  /** Other listeners may have the same TCP address; see `bind.ts`. */
  readonly reusePort?: boolean;
  readonly tls?: TlsFiles;
  /** Serves without TLS off loopback; see `listen-policy.ts`. */
  readonly insecure?: boolean;
  readonly limits?: Partial<GrpcLimits>;
  /** Told what callers are not: unexpected throws of handlers, certificates that cannot be loaded. */
  readonly onError?: (error: PortcullisError) => void;
  readonly clock?: Clock;
}

/** The limits in force. */
export function grpcLimits({ tls, limits }: GrpcTransportOptions): GrpcLimits {
  return {
    ...GRPC_LIMITS,
    ...(tls?.clientCaFile !== undefined && { maxConnectionAgeMs: VERIFIED_CONNECTION_AGE_MS }),
    ...limits,
  };
}

export interface GrpcTransport {
  /**
   * Starts to accept connections; gives the address with the port that was bound. Throws PortcullisError: `config_invalid`
   * (not safe, bad certificates), `io_failed` (address in use).
   */
  listen(): Promise<Address>;
  /**
   * Stops accepting, asks clients to go elsewhere and lets the calls in flight end; a call that was on its way when the drain
   * began is answered too (or, with grpc-js under TLS,
   * refused as not begun, REFUSED_STREAM, which clients repeat). After `graceMs` streams, and with `wire` all calls, end with UNAVAILABLE and connections
   * are cut. Ends when all are closed.
   */
  drain(graceMs: number): Promise<void>;
  /** How many clients are connected, have spoken, and have not been asked to go. Only where `retireOne` is. */
  connections?(): number;
  /** Asks one of them to come again, wherever that leads it; no call fails. Only where that can be done. */
  retireOne?(): void;
}

export type CreateGrpcTransport = (
  options: GrpcTransportOptions,
  methods: readonly RpcMethod[],
) => GrpcTransport;
