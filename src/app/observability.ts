import { randomUUID } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { VERSION } from '../config/version.ts';
import { DecisionLog } from '../observe/decision-log.ts';
import { type LogDestination, type LogOutput, openLogOutput } from '../observe/log-output.ts';
import type { Logger } from '../observe/logger.ts';
import { parseMask } from '../observe/mask.ts';
import type { Metrics } from '../observe/metrics.ts';
import { EXT_AUTHZ_SECRETS } from './ext-authz-secrets.ts';

/** What the server tells about itself. */
export interface Observability {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** How this instance is named in each entry of the decision log. */
export const logLabels = ({ decisionLog: { labels } }: Config): Readonly<Record<string, string>> => ({
  id: randomUUID(),
  version: VERSION,
  ...labels,
});

/** One log for each sink that is configured. Throws `io_failed` when one cannot be opened; then none is open. */
export function openDecisionLogs(
  { decisionLog: config, extAuthz }: Config,
  labels: Readonly<Record<string, string>>,
  logger: Pick<Logger, 'error'>,
  openOutput: (destination: LogDestination) => LogOutput = openLogOutput,
): readonly DecisionLog[] {
  if (!config.enabled) return [];
  const { maxBufferedEvents, maxBufferedBytes } = config;
  const masked = extAuthz === undefined ? config.mask : [...config.mask, ...EXT_AUTHZ_SECRETS];
  const options = { labels, maxBufferedEvents, maxBufferedBytes };
  const opened: DecisionLog[] = [];
  try {
    for (const destination of config.sinks) {
      const onError = (error: Error): void => logNotWritten(logger, destination, error);
      const mask = parseMask(masked, destination.input);
      opened.push(new DecisionLog({ ...options, mask, destination }, onError, openOutput));
    }
  } catch (thrown) {
    for (const log of opened) void log.close();
    throw thrown;
  }
  return opened;
}

/** Says that a decision log cannot be written. */
export function logNotWritten(
  logger: Pick<Logger, 'error'>,
  destination: LogDestination,
  error: Error,
): void {
  logger.error({ err: error, destination }, 'the decision log cannot be written');
}
