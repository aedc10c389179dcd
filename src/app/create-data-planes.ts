import { availableParallelism } from 'node:os';
import type { Environment } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import type { Logger } from '../observe/logger.ts';
import { createPrintLog, type PrintSink } from '../observe/print-log.ts';
import type { DataPlanes } from './data-planes.ts';
import { extAuthzOptions, readDescriptorSet } from './ext-authz.ts';
import { LocalPlanes } from './local-planes.ts';
import { networkBroker, readHosts } from './network.ts';
import { logLabels, openDecisionLogs } from './observability.ts';
import type { WorkerOptions } from './workers/worker-thread.ts';

export type { WorkerOptions };

/**
 * Builds what answers callers: in this thread, or in as many workers as the configuration says. Rejects with `io_failed`, `key_invalid` and
 * `config_invalid`; then nothing is left open.
 */
export async function createDataPlanes(
  config: Config,
  env: Environment,
  logger: Logger,
  onPrint: PrintSink | undefined,
  workerOptions: WorkerOptions = {},
): Promise<DataPlanes> {
  const descriptorSet = await readDescriptorSet(config);
  const hosts = await readHosts(config);
  // Mistakes show here, also when it is workers that use them.
  const extAuthz = extAuthzOptions(config, descriptorSet);
  const network = networkBroker(config, hosts);
  const labels = logLabels(config);
  const workers = config.workers === 'auto' ? availableParallelism() : config.workers;
  if (workers > 1) {
    const { WorkerPlanes } = await import('./workers/worker-planes.ts');
    const listed = Object.fromEntries(config.runtime.env.map((name) => [name, env[name]]));
    const parts = { env: listed, descriptorSet, hosts, labels };
    return new WorkerPlanes(config, { ...parts, workers, logger, onPrint, options: workerOptions });
  }
  return new LocalPlanes(config, {
    env,
    extAuthz,
    network,
    logger,
    decisionLogs: openDecisionLogs(config, labels, logger),
    onPrint: onPrint ?? createPrintLog(logger),
    processMetrics: true,
  });
}
