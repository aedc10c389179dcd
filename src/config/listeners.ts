/** The listeners: where callers and operators connect. */
import { z } from 'zod';
import type { Address } from './address.ts';
import { address, type Bytes, bytes, count, type Milliseconds, path, timeout } from './fields.ts';

export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile?: string | undefined;
  readonly requireClientCert: boolean;
}

export interface GrpcLimits {
  readonly maxMessageBytes: Bytes;
  readonly maxConcurrentStreams: number;
  readonly maxConnections: number;
  readonly maxHeaderBytes: Bytes;
  readonly maxPendingBytesPerConnection: Bytes;
  readonly maxPendingBytes: Bytes;
  readonly maxConnectionAge?: Milliseconds | undefined;
  readonly maxConnectionIdle?: Milliseconds | undefined;
  readonly maxConnectionAgeGrace: Milliseconds;
  readonly requestTimeout: Milliseconds;
  readonly resetBurst: number;
  readonly resetsPerSecond: number;
  readonly keepaliveInterval: Milliseconds;
  readonly keepaliveTimeout: Milliseconds;
}

export interface HttpLimits {
  readonly maxBodyBytes: Bytes;
  readonly maxPendingBytes: Bytes;
  readonly maxHeaderBytes: Bytes;
  readonly maxConnections: number;
  readonly requestTimeout: Milliseconds;
  readonly idleTimeout: Milliseconds;
}

/** A listener with its limits. */
export interface ListenerConfig<Limits> {
  readonly address: Address;
  readonly tls?: TlsConfig | undefined;
  readonly insecure: boolean;
  readonly limits: Limits;
}

/** How gRPC is served: on HTTP/2 frames of our own, or by grpc-js on node:http2. */
export type GrpcTransportName = 'wire' | 'grpc-js';

export interface GrpcListenerConfig extends ListenerConfig<GrpcLimits> {
  readonly transport: GrpcTransportName;
}

export type HttpListenerConfig = ListenerConfig<HttpLimits>;

/** As parsed: the default address follows from `stateDir`. */
export type AdminListenerDraft = Omit<GrpcListenerConfig, 'address' | 'insecure'> & {
  readonly address?: Address | undefined;
};

const tls: z.ZodType<TlsConfig> = z.strictObject({
  certFile: path().describe('Certificate chain, PEM. Read again when the file changes.'),
  keyFile: path().describe('Private key, PEM. Read again when the file changes.'),
  clientCaFile: path()
    .optional()
    .describe('Certificate authorities that client certificates must come from, PEM.'),
  requireClientCert: z
    .boolean()
    .prefault(false)
    .describe('Refuses connections without a client certificate from `clientCaFile`.'),
});

const grpcLimits: z.ZodType<GrpcLimits> = z
  .strictObject({
    maxMessageBytes: bytes().prefault('4MiB').describe('Largest request message.'),
    maxConcurrentStreams: count().prefault(1024).describe('Calls at once on one connection.'),
    maxConnections: count().prefault(10_000).describe('Connections at once.'),
    maxHeaderBytes: bytes().prefault('16KiB').describe('Largest list of request headers.'),
    maxPendingBytesPerConnection: bytes()
      .prefault('64MiB')
      .describe(
        'What the requests of one connection may hold at once. Those beyond it are refused with RESOURCE_EXHAUSTED.',
      ),
    maxPendingBytes: bytes()
      .prefault('256MiB')
      .describe(
        'What the requests of all connections may hold at once. Beyond it, the connection that holds most is refused.',
      ),
    maxConnectionAge: timeout()
      .optional()
      .describe(
        'Asks clients to connect anew after this long: spreads them over servers and verifies their certificates anew. When unset, 1h with `tls.clientCaFile` and never without. No connection outlives its client certificate.',
      ),
    maxConnectionIdle: timeout()
      .optional()
      .describe('Closes connections without calls after this long. Never when unset.'),
    maxConnectionAgeGrace: timeout()
      .prefault('30s')
      .describe('How long calls may go on after `maxConnectionAge` before the connection is cut.'),
    requestTimeout: timeout()
      .prefault('30s')
      .describe('How long a client may take to send the request of a call.'),
    resetBurst: count()
      .prefault(10_000)
      .describe('Calls that a client may reset at once before it is sent away (CVE-2023-44487).'),
    resetsPerSecond: count()
      .prefault(1000)
      .describe('Calls that a client may reset per second, in the long run.'),
    keepaliveInterval: timeout().prefault('2m').describe('How often a silent connection is pinged.'),
    keepaliveTimeout: timeout().prefault('20s').describe('How long a ping may stay unanswered.'),
  })
  .refine(({ maxMessageBytes, maxPendingBytesPerConnection: most }) => most >= 4 * maxMessageBytes, {
    path: ['maxPendingBytesPerConnection'],
    message:
      'write at least four times maxMessageBytes, for messages that are compressed or come in small pieces',
  })
  .refine(({ maxPendingBytes, maxPendingBytesPerConnection: most }) => maxPendingBytes >= most, {
    path: ['maxPendingBytes'],
    message: 'write at least maxPendingBytesPerConnection',
  });

const httpLimits: z.ZodType<HttpLimits> = z
  .strictObject({
    maxBodyBytes: bytes().prefault('4MiB').describe('Largest request body.'),
    maxPendingBytes: bytes()
      .prefault('256MiB')
      .describe(
        'What the bodies of all requests may hold at once. Beyond it, the connection that holds most is refused.',
      ),
    maxHeaderBytes: bytes().prefault('16KiB').describe('Largest request header.'),
    maxConnections: count().prefault(10_000).describe('Connections at once.'),
    requestTimeout: timeout().prefault('30s').describe('How long a client may take to send its request.'),
    idleTimeout: timeout().prefault('1m').describe('Closes connections without requests after this long.'),
  })
  .refine(({ maxBodyBytes, maxPendingBytes }) => maxPendingBytes >= 4 * maxBodyBytes, {
    path: ['maxPendingBytes'],
    message: 'write at least four times maxBodyBytes',
  });

const transport = z
  .enum(['wire', 'grpc-js'])
  .prefault('wire')
  .describe(
    'How gRPC is served: `wire` reads and writes HTTP/2 frames itself, at a tenth of the cost; `grpc-js` uses @grpc/grpc-js, and is a way round a defect of `wire`. Callers see no difference.',
  );

const common = {
  tls: tls.optional().describe('Serves TLS. Without it only loopback and Unix sockets are served.'),
  insecure: z
    .boolean()
    .prefault(false)
    .describe('Serves without TLS off loopback, where something else protects the connection.'),
};

export const grpcListener: z.ZodType<GrpcListenerConfig> = z
  .strictObject({
    address: address().prefault('127.0.0.1:9191').describe('Where to listen: `host:port` or `unix:/path`.'),
    transport,
    ...common,
    limits: grpcLimits.prefault({}).describe('What one client may use.'),
  })
  .prefault({})
  .describe('The gRPC listener: decisions, health and reflection.');

export const httpListener: z.ZodType<false | HttpListenerConfig> = z
  .union([
    z.literal(false),
    z.strictObject({
      address: address().prefault('127.0.0.1:8181').describe('Where to listen: `host:port` or `unix:/path`.'),
      ...common,
      limits: httpLimits.prefault({}).describe('What one client may use.'),
    }),
  ])
  .prefault({})
  .describe('The HTTP listener: health, metrics, status and the Data API. `false` for none.');

export const adminListener: z.ZodType<false | AdminListenerDraft> = z
  .union([
    z.literal(false),
    z.strictObject({
      address: address()
        .optional()
        .describe('Where to listen. By default the Unix socket `admin.sock` in `stateDir`.'),
      transport,
      tls: tls.optional().describe('Serves TLS. Off loopback it is needed, with `requireClientCert: true`.'),
      limits: grpcLimits.prefault({}).describe('What one client may use.'),
    }),
  ])
  .prefault({})
  .describe(
    'The listener for operators (gRPC `AdminService`). Who may open its Unix socket may administer. `false` for none.',
  );
