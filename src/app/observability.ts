import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import type { CacheControl } from '../decision/planes.ts';
import { DecisionLog } from '../observe/decision-log.ts';
import { createLogger, type Logger } from '../observe/logger.ts';
import { parseMask } from '../observe/mask.ts';
import { Metrics } from '../observe/metrics.ts';
import type { EvaluationFigures } from '../policy/evaluation-figures.ts';
import { EXT_AUTHZ_SECRETS } from './ext-authz-secrets.ts';

/** What the server tells about itself. */
export interface Observability {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly decisionLogs: readonly DecisionLog[];
}

/** Throws `io_failed` when a decision log cannot be opened; then none is open. */
export function createObservability(
  config: Config,
  cache: CacheControl,
  evaluations: ReadonlyMap<string, EvaluationFigures>,
  version: string,
): Observability {
  const logger = createLogger(config.logging.level);
  const decisionLogs = openDecisionLogs(config, logger, version);
  const sources = {
    cache: () => cache.figures(),
    decisionLogs: () => decisionLogs.map((log) => log.figures()),
    evaluations: () => evaluations,
  };
  const metrics = new Metrics(sources, {
    policySets: Object.keys(config.policySets),
    processMetrics: true,
  });
  return { logger, metrics, decisionLogs };
}

function openDecisionLogs(
  { decisionLog: config, extAuthz }: Config,
  logger: Logger,
  version: string,
): readonly DecisionLog[] {
  if (!config.enabled) return [];
  const { maxBufferedEvents, maxBufferedBytes } = config;
  const options = {
    mask: parseMask(
      extAuthz === undefined ? config.mask : [...new Set([...config.mask, ...EXT_AUTHZ_SECRETS])],
    ),
    labels: { id: randomUUID(), version, ...config.labels },
    maxBufferedEvents,
    maxBufferedBytes,
  };
  const opened: DecisionLog[] = [];
  try {
    for (const destination of config.sinks) {
      const onError = (error: Error): void =>
        logger.error({ err: error, destination }, 'the decision log cannot be written');
      opened.push(new DecisionLog({ ...options, destination }, onError));
    }
  } catch (thrown) {
    for (const log of opened) void log.close();
    throw thrown;
  }
  return opened;
}
