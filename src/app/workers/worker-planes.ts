import { systemClock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import type { StagedPolicySet } from '../../decision/planes.ts';
import type { PortcullisError } from '../../errors.ts';
import type { Logger } from '../../observe/logger.ts';
import { Metrics } from '../../observe/metrics.ts';
import type { PrintSink } from '../../observe/print-log.ts';
import { registerWorkers } from '../../observe/worker-metrics.ts';
import type { PolicySetDescriptor } from '../../policy/descriptor.ts';
import type { PreparedPolicySet } from '../../policy/prepared.ts';
import type { DataPlanes, PublicAddresses, ServerFacts } from '../data-planes.ts';
import { ConnectionBalance } from './connection-balance.ts';
import { dividedConfig } from './divided-config.ts';
import { ArrivingLines } from './posted-lines.ts';
import { PostingReadiness } from './posting-readiness.ts';
import type { MainCalls, WorkerData } from './protocol.ts';
import { SharedAddresses } from './shared-addresses.ts';
import { SharedLogs } from './shared-logs.ts';
import { WorkerCache } from './worker-cache.ts';
import { WorkerMetrics } from './worker-metrics.ts';
import { WorkerPolicySets } from './worker-policy-sets.ts';
import { WorkerPool } from './worker-pool.ts';
import { type WorkerEnd, type WorkerOptions, WorkerThread } from './worker-thread.ts';

export interface WorkerPlanesParts extends Pick<WorkerData, 'env' | 'descriptorSet' | 'hosts' | 'labels'> {
  /** How many; 2 or more. */
  readonly workers: number;
  readonly logger: Logger;
  readonly onPrint: PrintSink | undefined;
  readonly options: WorkerOptions;
}

/** Evaluations that hold a worker are ended within their deadline, and what the host does for them takes 1.4 s at most. */
const STALLED_AFTER_MS = 10_000;

/**
 * Everything that answers callers, in several threads that share the addresses. The main thread verifies and prepares policy sets once, and
 * every worker gets them: compiled modules and shared memory, so that nothing is compiled or read twice. A policy set goes live when all
 * workers have built it and asked it what it must answer; then all swap it in.
 */
export class WorkerPlanes implements DataPlanes {
  readonly cache: WorkerCache;
  readonly metrics: Metrics;
  readonly #policySets: WorkerPolicySets<WorkerThread>;
  readonly #logger: Logger;
  readonly #pool: WorkerPool;
  readonly #started: Promise<void>;
  readonly #logs: SharedLogs;
  readonly #addresses: SharedAddresses;
  readonly #readiness: PostingReadiness;
  readonly #summed: WorkerMetrics;
  readonly #balance: ConnectionBalance;
  /** Those that callers reach, once there are listeners. */
  readonly #answering = new Set<WorkerThread>();
  readonly #lost: Record<Exclude<WorkerEnd, 'closed'>, number> = {
    stalled: 0,
    memory: 0,
    crash: 0,
    refused: 0,
  };
  #facts: ServerFacts | undefined;

  /** Throws `io_failed` when a decision log cannot be opened. */
  constructor(config: Config, parts: WorkerPlanesParts) {
    const { env, descriptorSet, hosts, labels, logger, onPrint, options, workers } = parts;
    const serving = (): readonly WorkerThread[] => this.#policySets.workers;
    const policySets = Object.keys(config.policySets);
    this.#policySets = new WorkerPolicySets(policySets);
    this.#logger = logger;
    this.#logs = new SharedLogs(config, logger);
    this.cache = new WorkerCache(serving);
    this.metrics = new Metrics(
      { cache: () => ({ maxBytes: 0, maxEntries: 0, rows: [] }), decisionLogs: () => [] },
      { policySets, processMetrics: true },
    );
    this.#summed = new WorkerMetrics(this.metrics.registry, serving);
    registerWorkers(
      () => ({
        configured: workers,
        serving: this.#answering.size,
        silent: this.#summed.silent,
        lost: this.#lost,
      }),
      [this.metrics.registry],
    );
    this.#addresses = new SharedAddresses(config, serving);
    this.#balance = new ConnectionBalance(() => [...this.#answering]);
    this.#readiness = new PostingReadiness(policySets, serving);
    const divided = dividedConfig(config, workers);
    const tellsPrints = onPrint !== undefined;
    const data = { config: divided, env, descriptorSet, hosts, labels, tellsPrints };
    this.#pool = new WorkerPool({
      count: workers,
      start: (number, onEnd) =>
        new WorkerThread({ ...data, number }, this.#calls(onPrint), onEnd, options.file),
      join: (worker) => this.#join(worker),
      onLost: (...end) => this.#onLost(...end),
      stalledAfterMs: options.stalledAfterMs ?? STALLED_AFTER_MS,
      clock: systemClock,
    });
    this.#started = this.#pool.start();
    this.#started.catch(() => undefined);
  }

  /** Rejects when any worker refuses it. */
  async stage(prepared: PreparedPolicySet): Promise<StagedPolicySet> {
    await this.#started;
    return this.#policySets.stage(prepared);
  }

  setUsable(policySet: string, usable: boolean): void {
    this.#policySets.setUsable(policySet, usable);
  }

  active(): ReadonlyMap<string, PolicySetDescriptor> {
    return this.#policySets.active();
  }

  onChange(listener: (policySet: string) => void): () => void {
    return this.#policySets.onChange(listener);
  }

  metricsPage(): Promise<string> {
    return this.#summed.page();
  }

  missing(): readonly string[] {
    return this.#answering.size === 0 ? ['no worker is running'] : [];
  }

  async listen(facts: ServerFacts): Promise<PublicAddresses> {
    this.#facts = facts;
    await this.#started;
    this.#readiness.start(facts);
    const bound = await this.#addresses.open();
    this.#balance.start();
    return bound;
  }

  reopenLogs(): void {
    this.#logs.reopen();
  }

  async drain(graceMs: number): Promise<void> {
    this.#balance.stop();
    this.#pool.stopReplacing();
    this.#addresses.close();
    await Promise.allSettled(this.#pool.workers.map((worker) => worker.calls.ask('drain', graceMs)));
  }

  async close(): Promise<void> {
    this.#readiness.close();
    await Promise.allSettled(this.#pool.workers.map((worker) => worker.calls.ask('close', undefined)));
    await this.#pool.close();
    await this.#logs.close();
  }

  async #join(worker: WorkerThread): Promise<void> {
    await this.#policySets.join(worker, () => {
      this.cache.repeat(worker);
      this.#readiness.tell(worker);
    });
    await this.#addresses.join(worker);
    this.#answering.add(worker);
    if (this.#answering.size === 1) this.#policySets.notifyAll();
  }

  #onLost(worker: WorkerThread, why: WorkerEnd, error: PortcullisError): void {
    this.#policySets.lost(worker);
    const wasAnswering = this.#answering.delete(worker);
    this.#summed.lost(worker);
    this.#addresses.lost();
    if (why === 'closed') return;
    this.#lost[why]++;
    this.#logger.error({ worker: worker.number, reason: why, err: error }, 'a worker was lost');
    if (wasAnswering && this.#answering.size === 0) this.#policySets.notifyAll();
  }

  /** What one worker may ask. */
  #calls(onPrint: PrintSink | undefined): Omit<MainCalls, 'ready'> {
    const lines = new ArrivingLines(this.#logs);
    return {
      log: (line) => this.#logs.server(line),
      print: ({ policySet, message }) => onPrint?.(policySet, message),
      write: (posted) => lines.write(posted),
      metrics: () => this.metricsPage(),
      status: () => this.#facts!.status(),
      distrusted: (distrusted) => this.cache.distrust(distrusted),
      connected: () => this.#addresses.connected(),
    };
  }
}
