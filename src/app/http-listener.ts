import type { HttpListenerConfig } from '../config/listeners.ts';
import type { PortcullisError } from '../errors.ts';
import type { HttpRoute } from '../rpc.ts';
import { createHttpListener } from '../transport/http.ts';
import type { Listener } from './listeners.ts';

type OnError = (error: PortcullisError) => void;

/** The HTTP listener as the operator configured it. A file of its own, for its parts are loaded only where there is one. */
export function httpListener(
  config: HttpListenerConfig,
  routes: readonly HttpRoute[],
  onError: OnError,
  reusePort = false,
): Listener {
  const { limits } = config;
  return createHttpListener(
    {
      address: config.address,
      reusePort,
      insecure: config.insecure,
      ...(config.tls && { tls: config.tls }),
      limits: {
        maxBodyBytes: limits.maxBodyBytes,
        maxPendingBytes: limits.maxPendingBytes,
        maxHeaderBytes: limits.maxHeaderBytes,
        maxConnections: limits.maxConnections,
        requestTimeoutMs: limits.requestTimeout,
        idleTimeoutMs: limits.idleTimeout,
      },
      onError,
    },
    routes,
  );
}
