/**
 * The seam between transports (how bytes arrive) and services (what they mean): handlers take and give
 * encoded messages. A transport never decodes them, a service never sees a socket.
 */

/** Who is calling, as far as the transport has proved it. */
export interface Peer {
  /** `unix`, or the remote IP address and port. For logs only. */
  readonly address: string;
  /** Loopback or a Unix socket. */
  readonly local: boolean;
  /** What a verified client certificate says; undefined without one. */
  readonly certificate?: {
    readonly uriNames: readonly string[];
    readonly dnsNames: readonly string[];
    readonly subject: string;
    /** SHA-256 of the certificate, lower-case hex. */
    readonly fingerprint: string;
  };
}

/** What a handler may know about a call. */
export interface CallContext {
  readonly peer: Peer;
  /** On the monotonic clock, milliseconds; Infinity when the caller set none. Services apply the server's own maximum. */
  readonly deadlineMs: number;
  /** A request header by lower-case name; several values are one list, `a, b` (RFC 9110, 5.3), cookies `a; b`. Binary ones (`-bin`) stay Base64. */
  metadata(name: string): string | undefined;
  cancelled(): boolean;
  /** Aborted when the caller goes away, the deadline passes or the server gives up draining. */
  readonly signal: AbortSignal;
}

/**
 * Answers one request. The bytes of the request are the handler's to keep and never change, but they may be a part of a larger
 * buffer, such as all that was read off a socket at once: who keeps them for longer than the call keeps all of that, and copies
 * them if that is too much. The bytes of the answer are read before the handler is called again, or when the promise resolves.
 */
export type UnaryHandler = (request: Uint8Array, call: CallContext) => Uint8Array | Promise<Uint8Array>;
export type ServerStreamHandler = (request: Uint8Array, call: CallContext) => AsyncIterable<Uint8Array>;
export type BidiHandler = (
  requests: AsyncIterable<Uint8Array>,
  call: CallContext,
) => AsyncIterable<Uint8Array>;

/** What becomes of calls that a handler never sees, for methods that have something to say about them. Nothing here throws. */
export interface UnreadCalls {
  /**
   * Nobody waits for the answer any more, and the handler has not begun: the caller took the call back, its deadline passed, or
   * the server gave it up, which `call.cancelled()` says. `message` is the request, when all of it had come. A request that had not
   * come whole asked nothing yet: it is told when the caller gave it up, and not when the server refused it with a status. Where
   * both is so, what a transport sees first counts: a compression that nobody reads is refused by `wire` with the headers, and by grpc-js
   * with the message, so that a request that ends before that is told there.
   */
  abandoned(call: CallContext, message: Uint8Array | undefined): void;
  /** Its message is longer than the transport takes: the answer in place of RESOURCE_EXHAUSTED. */
  oversized(call: CallContext): Uint8Array | Promise<Uint8Array>;
}

/** One method, addressed as `/package.Service/Method`. Handlers throw PortcullisError; transports map it by the error table. */
export type RpcMethod =
  | {
      readonly path: string;
      readonly kind: 'unary';
      readonly handler: UnaryHandler;
      readonly unread?: UnreadCalls;
    }
  | { readonly path: string; readonly kind: 'server-stream'; readonly handler: ServerStreamHandler }
  | { readonly path: string; readonly kind: 'bidi'; readonly handler: BidiHandler };

/** An HTTP request whose body has been read within the listener's limit. */
export interface HttpRequest {
  readonly method: string;
  /** The raw target as received, path and query. */
  readonly target: string;
  /** The part of the path that the route's trailing `*` stands for, not decoded; empty otherwise. */
  readonly rest: string;
  readonly query: URLSearchParams;
  header(name: string): string | undefined;
  /** Empty when there is none. */
  readonly body: Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A route; `path` is literal, or ends in `/*` and then matches everything below. */
export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly handler: (request: HttpRequest, call: CallContext) => HttpResponse | Promise<HttpResponse>;
}
