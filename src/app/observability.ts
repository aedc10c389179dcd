import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import type { CacheControl } from '../decision/planes.ts';
import { parsePointer } from '../json/pointer.ts';
import { DecisionLog } from '../observe/decision-log.ts';
import { createLogger, type Logger } from '../observe/logger.ts';
import { Metrics } from '../observe/metrics.ts';

/** What the server tells about itself. */
export interface Observability {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly decisionLogs: readonly DecisionLog[];
}

export function createObservability(config: Config, cache: CacheControl, version: string): Observability {
  const logger = createLogger(config.logging.level);
  const { enabled, sinks, mask, labels, maxBufferedEvents } = config.decisionLog;
  const options = {
    mask: mask.map((text) => ({ text, pointer: parsePointer(text) })),
    labels: { id: randomUUID(), version, ...labels },
    maxBufferedEvents,
  };
  const decisionLogs = (enabled ? sinks : []).map(
    (destination) =>
      new DecisionLog({ ...options, destination }, (error) =>
        logger.error({ err: error, destination }, 'the decision log cannot be written'),
      ),
  );
  const sources = {
    cache: () => cache.figures(),
    decisionLogs: () => decisionLogs.map((log) => log.figures()),
  };
  return { logger, metrics: new Metrics(sources, { processMetrics: true }), decisionLogs };
}
