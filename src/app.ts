import { attemptReport } from './app/attempt-report.ts';
import { loggedCache } from './app/cache-log.ts';
import { checkListeners } from './app/check-listeners.ts';
import { createDataPlanes, type WorkerOptions } from './app/create-data-planes.ts';
import type { DataPlanes, PublicAddresses, ServerFacts } from './app/data-planes.ts';
import { routeOptions } from './app/ext-authz.ts';
import { watchOffers } from './app/ext-authz-offers.ts';
import { grpcListener, type Listener } from './app/listeners.ts';
import { offeredBuiltins } from './app/network.ts';
import { policyPlans } from './app/policy-plans.ts';
import { preparers } from './app/preparers.ts';
import { ServerReadiness } from './app/readiness.ts';
import { systemClock } from './clock.ts';
import type { Address } from './config/address.ts';
import { type Environment, environment } from './config/environment.ts';
import type { Config } from './config/schema.ts';
import { VERSION } from './config/version.ts';
import { createLogger, type Logger } from './observe/logger.ts';
import type { PrintSink } from './observe/print-log.ts';
import type { ServerStatus } from './observe/status.ts';
import { ControlPlane } from './reload/control-plane.ts';
import type { CompiledWork } from './reload/inline-preparer.ts';
import { StateStore } from './reload/state-store.ts';
import { FILE_POLLING } from './reload/watch-loop.ts';
import { allowEveryone, createAuthorizer } from './services/authorize.ts';
import { adminRpcMethods } from './services/rpc-methods.ts';

/** A server that listens. */
export interface RunningServer {
  /** As bound, by listener; undefined where the configuration wants none. */
  readonly addresses: PublicAddresses & { readonly admin: Address | undefined };
  /** Opens log files anew and asks every bundle source now; failures are in the status and the log. */
  reload(): Promise<void>;
  status(): ServerStatus;
  /** Stops accepting, lets calls in flight end within the grace period, writes what the logs hold. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Takes what policies print; without it that goes to the log at level `debug`. */
  readonly onPrint?: PrintSink;
  /** Does work that goes over megabytes while the server starts; without it, it is done as all else. */
  readonly compiled?: CompiledWork;
  /** For tests of workers that fail. */
  readonly workers?: WorkerOptions;
}

/**
 * Builds a server from its configuration and starts it: data planes → control plane (last known good, then the sources) →
 * listeners: for decisions, then HTTP, then for operators. It listens also when no bundle could be activated: it then denies, says why in its status, and goes on
 * trying. Rejects with `config_invalid`, `key_invalid` or `io_failed` when it cannot start at all; then nothing is left open.
 */
export async function startServer(
  config: Config,
  env: Environment = environment,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const startedAtMs = systemClock.wallMs();
  const policySets = await policyPlans(config, env);
  const store = new StateStore(config.stateDir);
  await store.prepare();
  const logger = createLogger(config.logging.level);
  const planes = await createDataPlanes(config, env, logger, options.onPrint, options.workers);

  if (config.extAuthz !== undefined) watchOffers(routeOptions(config, config.extAuthz), planes, logger);
  const knownBuiltins = offeredBuiltins(config);
  let isListening = false;
  const controlPlane = new ControlPlane({
    policySets,
    store,
    polling: FILE_POLLING,
    dataPlane: planes,
    knownBuiltins,
    preparer: preparers(config, env, knownBuiltins, () => isListening, options.compiled),
    clock: systemClock,
    report: attemptReport({ logger, metrics: planes.metrics }, config, systemClock),
  });
  const readiness = new ServerReadiness(
    () => controlPlane.status(),
    planes,
    () => planes.missing(),
  );
  const status = (): ServerStatus => ({
    ready: readiness.ready(),
    policySets: controlPlane.status(),
    startedAtMs,
    version: VERSION,
  });
  const facts = { readiness, stopping: readiness.stopping, status, metrics: () => planes.metricsPage() };
  let admin: Listener | undefined;

  const reload = (): Promise<void> => {
    planes.reopenLogs();
    return controlPlane.reloadAll();
  };
  const stop = async (): Promise<void> => {
    logger.info('stopping');
    readiness.stop();
    await Promise.all([planes.drain(config.shutdownGrace), admin?.drain(config.shutdownGrace)]);
    await controlPlane.stop();
    await planes.close();
  };
  try {
    await controlPlane.start();
    isListening = true;
    await checkListeners(config);
    const addresses = await planes.listen(facts);
    admin = await adminListener(config, facts, planes, controlPlane, logger);
    const all = { ...addresses, admin: await admin?.listen() };
    logger.info({ version: VERSION, addresses: all, ready: readiness.ready() }, 'listening');
    return { addresses: all, status, stop, reload };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** What operators ask, always in this thread. */
async function adminListener(
  { admin, clients }: Config,
  { readiness, status, stopping }: ServerFacts & { readonly status: () => ServerStatus },
  planes: DataPlanes,
  controlPlane: ControlPlane,
  logger: Logger,
): Promise<Listener | undefined> {
  if (!admin) return undefined;
  const methods = adminRpcMethods({
    // Who may open the socket may administer; over TCP only clients that are given `admin`.
    authorize: admin.address.kind === 'unix' ? allowEveryone : createAuthorizer(clients ?? {}),
    status,
    reload: (policySet, bundle, signal) => controlPlane.reload(policySet, bundle, signal),
    cache: loggedCache(planes.cache, logger),
    readiness,
    stopping,
    serviceNames: [],
  });
  return grpcListener(admin, methods, (error) => logger.error({ err: error }, 'listener'));
}
