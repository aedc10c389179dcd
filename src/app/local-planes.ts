import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../clock.ts';
import type { Environment } from '../config/environment.ts';
import type { HttpListenerConfig } from '../config/listeners.ts';
import type { Config } from '../config/schema.ts';
import { VERSION } from '../config/version.ts';
import { DecisionCache } from '../decision/cache.ts';
import { DataPlane } from '../decision/data-plane.ts';
import type { Provenance } from '../decision/decision.ts';
import { Engine } from '../decision/engine.ts';
import { PlanExplainer } from '../decision/explainer.ts';
import type { StagedPolicySet } from '../decision/planes.ts';
import type { DecisionLog } from '../observe/decision-log.ts';
import type { Logger } from '../observe/logger.ts';
import { Metrics } from '../observe/metrics.ts';
import type { PrintSink } from '../observe/print-log.ts';
import type { PolicySetDescriptor } from '../policy/descriptor.ts';
import type { NetworkBroker } from '../policy/network/broker.ts';
import type { PreparedPolicySet } from '../policy/prepared.ts';
import { createAuthorizer } from '../services/authorize.ts';
import type { ExtAuthzOptions } from '../services/ext-authz/check-question.ts';
import type { HttpRoutesParts } from '../services/http-routes.ts';
import { publicRpcMethods } from '../services/rpc-methods.ts';
import type { GrpcTransport } from '../transport/transport.ts';
import type { DataPlanes, PublicAddresses, ServerFacts } from './data-planes.ts';
import { evaluationFigures, evaluators } from './evaluators.ts';
import { hiddenPlaces } from './hidden-places.ts';
import { grpcListener, type Listener } from './listeners.ts';
import { refusalLog } from './refusal-log.ts';
import { shadowVerifier } from './shadow.ts';

export interface LocalPlanesParts {
  readonly env: Environment;
  readonly extAuthz: ExtAuthzOptions | undefined;
  readonly network: NetworkBroker | undefined;
  readonly logger: Logger;
  readonly decisionLogs: readonly DecisionLog[];
  /** Takes what policies print; undefined: it goes nowhere. */
  readonly onPrint: PrintSink | undefined;
  /** Told which entrypoint's answers were caught wrong. */
  readonly onDistrust?: (provenance: Provenance) => void;
  /** Whether memory and processor time of the process are told here. */
  readonly processMetrics: boolean;
}

/** At least this long lies between two messages of WatchRevision. */
const WATCH_INTERVAL_MS = 100;

/** Everything that answers callers, in the thread that makes it. */
export class LocalPlanes implements DataPlanes {
  readonly cache: DecisionCache;
  readonly metrics: Metrics;
  readonly #config: Config;
  readonly #parts: LocalPlanesParts;
  readonly #plane: DataPlane;
  readonly #engine: Engine;
  #listeners: readonly Listener[] = [];
  #grpc: GrpcTransport | undefined;

  constructor(config: Config, parts: LocalPlanesParts) {
    const { decisionLogs, env, logger, network, onDistrust, onPrint, processMetrics } = parts;
    const names = Object.keys(config.policySets);
    const figures = evaluationFigures(config);
    this.#config = config;
    this.#parts = parts;
    this.cache = new DecisionCache({ ...config.cache, maxAgeMs: config.cache.maxAge });
    this.metrics = new Metrics(
      {
        cache: () => this.cache.figures(),
        decisionLogs: () => decisionLogs.map((log) => log.figures()),
        evaluations: () => figures,
      },
      { policySets: names, processMetrics },
    );
    this.#plane = new DataPlane(
      names,
      evaluators(config, env, { figures, logger, onPrint, network }),
      this.cache,
    );
    this.#engine = new Engine(this.#plane, [this.metrics, ...decisionLogs], systemClock, {
      onDefect: (error) => logger.error({ err: error }, 'a decision met a defect and was denied'),
      shadow: shadowVerifier(config, logger, systemClock, onDistrust),
    });
  }

  stage(prepared: PreparedPolicySet): Promise<StagedPolicySet> {
    return this.#plane.stage(prepared);
  }

  setUsable(policySet: string, usable: boolean): void {
    this.#plane.setUsable(policySet, usable);
  }

  active(): ReadonlyMap<string, PolicySetDescriptor> {
    return this.#plane.active();
  }

  onChange(listener: (policySet: string) => void): () => void {
    return this.#plane.onChange(listener);
  }

  metricsPage(): Promise<string> {
    return this.metrics.page();
  }

  missing(): readonly string[] {
    return [];
  }

  /** `shared`: at these addresses, which other workers have as well. */
  async listen(facts: ServerFacts, shared?: PublicAddresses): Promise<PublicAddresses> {
    const parts = this.#listenerParts(facts);
    const grpc = await this.#grpcListener(parts, shared);
    this.#grpc = grpc;
    this.#listeners = [grpc];
    const grpcAddress = await grpc.listen();
    if (this.#config.http === false) return { grpc: grpcAddress, http: undefined };
    // Who asked already has the answer before the parts of the next listener are loaded, which takes some 60 ms.
    await setImmediate();
    const http = await this.#httpListener(this.#config.http, parts, shared);
    this.#listeners = [grpc, http];
    return { grpc: grpcAddress, http: await http.listen() };
  }

  /** Of gRPC, and only where `retireOne` does something. */
  connections(): number {
    return this.#grpc?.connections?.() ?? 0;
  }

  /** Asks a client of gRPC to connect again; no call fails. */
  retireOne(): void {
    this.#grpc?.retireOne?.();
  }

  reopenLogs(): void {
    for (const log of this.#parts.decisionLogs) log.reopen();
  }

  async drain(graceMs: number): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.drain(graceMs)));
  }

  async close(): Promise<void> {
    this.#plane.close();
    await Promise.all(this.#parts.decisionLogs.map((log) => log.close()));
  }

  #listenerParts({ metrics, readiness, status, stopping }: ServerFacts): ListenerParts {
    const { clients, dataApi, decisionLog, health, limits, policySets } = this.#config;
    return {
      decider: this.#engine,
      explainer: new PlanExplainer(this.#plane, hiddenPlaces(decisionLog.mask), systemClock),
      authorize: createAuthorizer(clients),
      clock: systemClock,
      policySets: Object.keys(policySets),
      inputLimits: { maxBytes: limits.maxInputBytes, maxDepth: limits.maxInputDepth },
      maxDeadlineMs: limits.maxDeadline,
      maxBatchQuestions: limits.maxBatch,
      active: this.#plane,
      minIntervalMs: WATCH_INTERVAL_MS,
      readiness,
      stopping,
      serviceNames: health.serviceNames,
      status,
      metrics,
      policySet: dataApi.policySet ?? '',
      version: VERSION,
    };
  }

  #grpcListener(parts: ListenerParts, shared: PublicAddresses | undefined): Promise<GrpcTransport> {
    const { grpc } = this.#config;
    const { extAuthz, logger } = this.#parts;
    const onRefusal = refusalLog(logger, systemClock);
    return grpcListener(
      { ...grpc, address: shared?.grpc ?? grpc.address },
      publicRpcMethods(parts, extAuthz && { ...parts, extAuthz, onRefusal }),
      this.#onError,
      shared !== undefined,
    );
  }

  /** Its parts are loaded only where there is such a listener. */
  async #httpListener(
    config: HttpListenerConfig,
    parts: ListenerParts,
    shared: PublicAddresses | undefined,
  ): Promise<Listener> {
    const [{ httpListener }, { httpRoutes }] = await Promise.all([
      import('./http-listener.ts'),
      import('../services/http-routes.ts'),
    ]);
    const address = shared?.http ?? config.address;
    return httpListener({ ...config, address }, httpRoutes(parts), this.#onError, shared !== undefined);
  }

  readonly #onError = (error: Error): void => {
    this.#parts.logger.error({ err: error }, 'listener');
  };
}

type ListenerParts = HttpRoutesParts & Parameters<typeof publicRpcMethods>[0];
