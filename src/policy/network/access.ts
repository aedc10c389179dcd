/**
 * What crosses from a builtin, which cannot wait, to the broker, which can. Plain data, for structured clone. The
 * broker trusts none of it: what may be reached is checked there.
 */

/** Options of TLS that a policy gave; certificates and keys as PEM. */
export interface TlsRequest {
  readonly insecureSkipVerify: boolean;
  readonly useSystemCerts: boolean;
  readonly caCert?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly serverName?: string;
}

/** Names as the policy wrote them. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Keeping an answer from one evaluation to the next. */
export interface CacheRequest {
  /** Equal keys are equal requests. */
  readonly key: string;
  /** The evaluation's time, milliseconds since the epoch. */
  readonly nowMs: number;
  /** How long an answer holds whatever its headers say, in seconds; 0 or less where they decide. */
  readonly forceSeconds: number;
  /** False where the caching mode is none that OPA knows: it then keeps nothing. */
  readonly store: boolean;
  /** Without the ignored ones: what OPA revalidates an answer with. */
  readonly keyHeaders: HeaderList;
}

export interface HttpRequest {
  readonly kind: 'http';
  readonly method: string;
  readonly url: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array | undefined;
  readonly followRedirects: boolean;
  /** For each attempt, milliseconds; Infinity for none but the operator's. */
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly tls: TlsRequest;
  readonly cache: CacheRequest | undefined;
}

export interface LookupRequest {
  readonly kind: 'lookup';
  readonly name: string;
}

export type NetworkRequest = HttpRequest | LookupRequest;

export interface HttpAnswer {
  readonly kind: 'http';
  /** As `200 OK`. */
  readonly status: string;
  readonly statusCode: number;
  /** Names in lower case, in their order; values in UTF-8. */
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
  /** Decompressed. */
  readonly body: Uint8Array;
}

export interface LookupAnswer {
  readonly kind: 'lookup';
  readonly addresses: readonly string[];
}

/**
 * Why there is no answer. `network`: the request failed under way; `refused`: it may not be sent, or its answer not be
 * read; `timeout`: it took too long. `shown` is what OPA's error object says where that differs from the error itself.
 */
export interface NetworkFailure {
  readonly kind: 'failure';
  readonly reason: 'network' | 'refused' | 'timeout';
  readonly message: string;
  readonly shown?: string;
}

export type NetworkReply = HttpAnswer | LookupAnswer | NetworkFailure;

/** The blocking side, as builtins see it: sleeps until the reply is there. */
export interface NetworkAccess {
  /** Throws where nobody replies, such as after the deadline of the evaluation. */
  call(request: NetworkRequest): NetworkReply;
}

/** The waiting side: where requests of one policy set are carried out. Rejects only for a defect. */
export interface NetworkHandler {
  handle(request: NetworkRequest, signal: AbortSignal): Promise<NetworkReply>;
}
