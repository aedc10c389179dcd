import type { Config } from '../../config/schema.ts';

/**
 * The configuration of one of several workers: of what all of them may use together, each has an equal part, and at least what one question,
 * connection or evaluation needs. What concerns a single caller, question or bundle is the same everywhere.
 */
export function dividedConfig(config: Config, workers: number): Config {
  const part = (whole: number): number => Math.ceil(whole / workers);
  const { cache, decisionLog, evaluation, grpc, http, network } = config;
  return {
    ...config,
    cache: { ...cache, maxBytes: part(cache.maxBytes), maxEntries: part(cache.maxEntries) },
    decisionLog: {
      ...decisionLog,
      maxBufferedEvents: part(decisionLog.maxBufferedEvents),
      maxBufferedBytes: part(decisionLog.maxBufferedBytes),
    },
    evaluation: {
      ...evaluation,
      maxThreads: part(evaluation.maxThreads),
      maxQueued: part(evaluation.maxQueued),
    },
    grpc: {
      ...grpc,
      limits: {
        ...grpc.limits,
        maxConnections: part(grpc.limits.maxConnections),
        maxPendingBytes: Math.max(
          part(grpc.limits.maxPendingBytes),
          grpc.limits.maxPendingBytesPerConnection,
        ),
      },
    },
    http: http && {
      ...http,
      limits: {
        ...http.limits,
        maxConnections: part(http.limits.maxConnections),
        // What one compressed or slow body may hold, as the configuration asks.
        maxPendingBytes: Math.max(part(http.limits.maxPendingBytes), 4 * http.limits.maxBodyBytes),
      },
    },
    network: network && {
      ...network,
      maxConcurrent: part(network.maxConcurrent),
      maxCacheBytes: part(network.maxCacheBytes),
    },
  };
}
