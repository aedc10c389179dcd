import type { Address } from '../config/address.ts';
import type { GrpcListenerConfig, GrpcTransportName } from '../config/listeners.ts';
import type { PortcullisError } from '../errors.ts';
import type { RpcMethod } from '../rpc.ts';
import type { CreateGrpcTransport, GrpcTransport } from '../transport/transport.ts';

/** Anything that can be opened and drained. */
export interface Listener {
  listen(): Promise<Address>;
  drain(graceMs: number): Promise<void>;
}

/** Only the one that is chosen is loaded. */
const GRPC_TRANSPORTS: Readonly<Record<GrpcTransportName, () => Promise<CreateGrpcTransport>>> = {
  wire: async () => (await import('../transport/wire/transport.ts')).createWireTransport,
  'grpc-js': async () => (await import('../transport/grpc-js.ts')).createGrpcTransport,
};

type OnError = (error: PortcullisError) => void;

/** A gRPC listener as the operator configured it; with `reusePort` it shares its address with those of other workers. */
export async function grpcListener(
  config: GrpcListenerConfig,
  methods: readonly RpcMethod[],
  onError: OnError,
  reusePort = false,
): Promise<GrpcTransport> {
  const { limits } = config;
  const createTransport = await GRPC_TRANSPORTS[config.transport]();
  return createTransport(
    {
      address: config.address,
      reusePort,
      insecure: config.insecure,
      ...(config.tls && { tls: config.tls }),
      limits: {
        maxMessageBytes: limits.maxMessageBytes,
        maxConcurrentStreams: limits.maxConcurrentStreams,
        maxConnections: limits.maxConnections,
        maxHeaderBytes: limits.maxHeaderBytes,
        maxPendingBytesPerConnection: limits.maxPendingBytesPerConnection,
        maxPendingBytes: limits.maxPendingBytes,
        requestTimeoutMs: limits.requestTimeout,
        keepaliveIntervalMs: limits.keepaliveInterval,
        keepaliveTimeoutMs: limits.keepaliveTimeout,
        maxConnectionIdleMs: limits.maxConnectionIdle ?? Number.POSITIVE_INFINITY,
        ...(limits.maxConnectionAge !== undefined && { maxConnectionAgeMs: limits.maxConnectionAge }),
        maxConnectionAgeGraceMs: limits.maxConnectionAgeGrace,
        resetBurst: limits.resetBurst,
        resetsPerSecond: limits.resetsPerSecond,
      },
      onError,
    },
    methods,
  );
}
