import { attemptReport } from './app/attempt-report.ts';
import { loggedCache } from './app/cache-log.ts';
import { evaluationFigures, evaluators } from './app/evaluators.ts';
import { extAuthzOptions } from './app/ext-authz.ts';
import { watchOffers } from './app/ext-authz-offers.ts';
import { hiddenPlaces } from './app/hidden-places.ts';
import type { httpListener } from './app/http-listener.ts';
import { grpcListener, type Listener } from './app/listeners.ts';
import { networkBroker, offeredBuiltins } from './app/network.ts';
import { createObservability } from './app/observability.ts';
import { policyPlans } from './app/policy-plans.ts';
import { preparers } from './app/preparers.ts';
import { ServerReadiness } from './app/readiness.ts';
import { refusalLog } from './app/refusal-log.ts';
import { shadowVerifier } from './app/shadow.ts';
import { systemClock } from './clock.ts';
import type { Address } from './config/address.ts';
import { type Environment, environment } from './config/environment.ts';
import type { Config } from './config/schema.ts';
import { VERSION } from './config/version.ts';
import { DecisionCache } from './decision/cache.ts';
import { DataPlane } from './decision/data-plane.ts';
import { Engine } from './decision/engine.ts';
import { PlanExplainer } from './decision/explainer.ts';
import { createPrintLog, type PrintSink } from './observe/print-log.ts';
import type { ServerStatus } from './observe/status.ts';
import { ControlPlane } from './reload/control-plane.ts';
import { StateStore } from './reload/state-store.ts';
import { FILE_POLLING } from './reload/watch-loop.ts';
import { allowEveryone, createAuthorizer } from './services/authorize.ts';
import { httpRoutes } from './services/http-routes.ts';
import { adminRpcMethods, publicRpcMethods } from './services/rpc-methods.ts';

/** A server that listens. */
export interface RunningServer {
  /** As bound, by listener; undefined where the configuration wants none. */
  readonly addresses: {
    readonly grpc: Address;
    readonly http: Address | undefined;
    readonly admin: Address | undefined;
  };
  /** Opens log files anew and asks every bundle source now; failures are in the status and the log. */
  reload(): Promise<void>;
  status(): ServerStatus;
  /** Stops accepting, lets calls in flight end within the grace period, writes what the logs hold. */
  stop(): Promise<void>;
}

/** At least this long lies between two messages of WatchRevision. */
const WATCH_INTERVAL_MS = 100;

export interface ServerOptions {
  /** Takes what policies print; without it that goes to the log at level `debug`. */
  readonly onPrint?: PrintSink;
}

/**
 * Builds a server from its configuration and starts it: data plane → control plane (last known good, then the sources) →
 * listeners. It listens also when no bundle could be activated: it then denies, says why in its status, and goes on
 * trying. Rejects with `config_invalid`, `key_invalid` or `io_failed` when it cannot start at all; then nothing is left open.
 */
export async function startServer(
  config: Config,
  env: Environment = environment,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const startedAtMs = systemClock.wallMs();
  const policySets = await policyPlans(config, env);
  const extAuthz = await extAuthzOptions(config);
  const network = await networkBroker(config);
  const store = new StateStore(config.stateDir);
  await store.prepare();
  const names = Object.keys(config.policySets);
  const cache = new DecisionCache({ ...config.cache, maxAgeMs: config.cache.maxAge });
  const figures = evaluationFigures(config);
  const observability = createObservability(config, cache, figures, VERSION);
  const { decisionLogs, logger, metrics } = observability;
  const onPrint = options.onPrint ?? createPrintLog(logger);

  const dataPlane = new DataPlane(
    names,
    evaluators(config, env, { figures, logger, onPrint, network }),
    cache,
  );
  if (extAuthz !== undefined) watchOffers(extAuthz, dataPlane, logger);
  const engine = new Engine(dataPlane, [metrics, ...decisionLogs], systemClock, {
    onDefect: (error) => logger.error({ err: error }, 'a decision met a defect and was denied'),
    shadow: shadowVerifier(config, logger, systemClock),
  });
  const knownBuiltins = offeredBuiltins(config);
  let isListening = false;
  const controlPlane = new ControlPlane({
    policySets,
    store,
    polling: FILE_POLLING,
    dataPlane,
    knownBuiltins,
    preparer: preparers(config, env, knownBuiltins, () => isListening),
    clock: systemClock,
    report: attemptReport(observability, config, systemClock),
  });
  const readiness = new ServerReadiness(() => controlPlane.status(), dataPlane);
  const status = (): ServerStatus => ({
    ready: readiness.ready(),
    policySets: controlPlane.status(),
    startedAtMs,
    version: VERSION,
  });

  const parts = {
    decider: engine,
    explainer: new PlanExplainer(dataPlane, hiddenPlaces(config.decisionLog.mask), systemClock),
    authorize: createAuthorizer(config.clients),
    clock: systemClock,
    policySets: names,
    inputLimits: { maxBytes: config.limits.maxInputBytes, maxDepth: config.limits.maxInputDepth },
    maxDeadlineMs: config.limits.maxDeadline,
    maxBatchQuestions: config.limits.maxBatch,
    active: dataPlane,
    minIntervalMs: WATCH_INTERVAL_MS,
    readiness,
    stopping: readiness.stopping,
    serviceNames: config.health.serviceNames,
    status,
    metrics: () => metrics.page(),
    policySet: config.dataApi.policySet ?? '',
    version: VERSION,
  };
  const onRefusal = refusalLog(logger, systemClock);
  const onError = (error: Error): void => logger.error({ err: error }, 'listener');
  const listeners: Record<'grpc' | 'http' | 'admin', Listener | undefined> = {
    grpc: grpcListener(
      config.grpc,
      publicRpcMethods(parts, extAuthz && { ...parts, extAuthz, onRefusal }),
      onError,
    ),
    http: config.http ? await createHttp(config.http, httpRoutes(parts), onError) : undefined,
    admin: config.admin
      ? grpcListener(
          config.admin,
          adminRpcMethods({
            // Who may open the socket may administer; over TCP only clients that are given `admin`.
            authorize:
              config.admin.address.kind === 'unix' ? allowEveryone : createAuthorizer(config.clients ?? {}),
            status,
            reload: (policySet, bundle, signal) => controlPlane.reload(policySet, bundle, signal),
            cache: loggedCache(cache, logger),
            readiness,
            stopping: readiness.stopping,
            serviceNames: [],
          }),
          onError,
        )
      : undefined,
  };

  const reload = (): Promise<void> => {
    for (const log of decisionLogs) log.reopen();
    return controlPlane.reloadAll();
  };
  const stop = async (): Promise<void> => {
    logger.info('stopping');
    readiness.stop();
    const open = Object.values(listeners).filter((listener) => listener !== undefined);
    await Promise.all(open.map((listener) => listener.drain(config.shutdownGrace)));
    await controlPlane.stop();
    dataPlane.close();
    await Promise.all(decisionLogs.map((log) => log.close()));
  };
  try {
    await controlPlane.start();
    isListening = true;
    const addresses = {
      grpc: await listeners.grpc!.listen(),
      http: await listeners.http?.listen(),
      admin: await listeners.admin?.listen(),
    };
    logger.info({ version: VERSION, addresses, ready: readiness.ready() }, 'listening');
    return { addresses, status, stop, reload };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Its parts take a tenth of the start: they are loaded only where they are needed. */
async function createHttp(...args: Parameters<typeof httpListener>): Promise<Listener> {
  return (await import('./app/http-listener.ts')).httpListener(...args);
}
