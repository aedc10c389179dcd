/** What an HTTP listener is told, and what it offers. */
import type { Clock } from '../clock.ts';
import type { Address } from '../config/address.ts';
import type { PortcullisError } from '../errors.ts';
import type { TlsFiles } from './tls.ts';

/** What one client, and all of them together, may use. */
export interface HttpLimits {
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  /** What the server holds of bodies at once; beyond it, requests of the connection that holds most are refused. */
  readonly maxPendingBytes: number;
  /** Connections at once; more are closed as they arrive. */
  readonly maxConnections: number;
  /** How long a client may take to send the header of a request, and the whole of it. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Closes connections on which nothing happens, between requests and while an answer is not read. */
  readonly idleTimeoutMs: number;
  /** How often the timeouts are looked at. */
  readonly checkIntervalMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  maxBodyBytes: 4 * 1024 * 1024,
  maxHeaderBytes: 16 * 1024,
  maxPendingBytes: 256 * 1024 * 1024,
  maxConnections: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  checkIntervalMs: 2000,
};

export interface HttpListenerOptions {
  readonly address: Address;
  /** Other listeners may have the same TCP address; see `bind.ts`. */
  readonly reusePort?: boolean;
  readonly tls?: TlsFiles;
  /** Serves without TLS off loopback; see `listen-policy.ts`. */
  readonly insecure?: boolean;
  readonly limits?: Partial<HttpLimits>;
  /** Told what callers are not: unexpected throws of handlers, certificates that cannot be loaded. */
  readonly onError?: (error: PortcullisError) => void;
  readonly clock?: Clock;
}

export interface HttpListener {
  /** As `GrpcTransport.listen`. */
  listen(): Promise<Address>;
  /** Stops accepting, lets requests in flight be answered, and cuts what is left after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}
