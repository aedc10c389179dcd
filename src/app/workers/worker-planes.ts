import { systemClock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import type { StagedPolicySet } from '../../decision/planes.ts';
import { PortcullisError } from '../../errors.ts';
import type { Logger } from '../../observe/logger.ts';
import { Metrics } from '../../observe/metrics.ts';
import type { PrintSink } from '../../observe/print-log.ts';
import { registerWorkers } from '../../observe/worker-metrics.ts';
import type { PolicySetDescriptor } from '../../policy/descriptor.ts';
import type { PreparedPolicySet } from '../../policy/prepared.ts';
import type { DataPlanes, PublicAddresses, ServerFacts } from '../data-planes.ts';
import { dividedConfig } from './divided-config.ts';
import { PostingReadiness } from './posting-readiness.ts';
import type { MainCalls, WorkerData } from './protocol.ts';
import { SharedAddresses } from './shared-addresses.ts';
import { SharedLogs } from './shared-logs.ts';
import { WorkerCache } from './worker-cache.ts';
import { WorkerMetrics } from './worker-metrics.ts';
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
  readonly #policySets: readonly string[];
  readonly #logger: Logger;
  readonly #pool: WorkerPool;
  readonly #started: Promise<void>;
  readonly #logs: SharedLogs;
  readonly #addresses: SharedAddresses;
  readonly #readiness: PostingReadiness;
  readonly #summed: WorkerMetrics;
  readonly #listeners = new Set<(policySet: string) => void>();
  /** Those that answer from everything that is active. */
  readonly #serving = new Set<WorkerThread>();
  /** Those of them that callers reach, once there are listeners. */
  readonly #answering = new Set<WorkerThread>();
  readonly #active = new Map<string, PreparedPolicySet>();
  readonly #unusable = new Set<string>();
  readonly #lost: Record<Exclude<WorkerEnd, 'closed'>, number> = {
    stalled: 0,
    memory: 0,
    crash: 0,
    refused: 0,
  };
  #facts: ServerFacts | undefined;
  #lastStaged = 0;

  /** Throws `io_failed` when a decision log cannot be opened. */
  constructor(config: Config, parts: WorkerPlanesParts) {
    const { env, descriptorSet, hosts, labels, logger, onPrint, options, workers } = parts;
    const serving = (): readonly WorkerThread[] => [...this.#serving];
    this.#policySets = Object.keys(config.policySets);
    this.#logger = logger;
    this.#logs = new SharedLogs(config, logger);
    this.cache = new WorkerCache(serving);
    this.metrics = new Metrics(
      { cache: () => ({ maxBytes: 0, maxEntries: 0, rows: [] }), decisionLogs: () => [] },
      { policySets: this.#policySets, processMetrics: true },
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
    this.#readiness = new PostingReadiness(this.#policySets, serving);
    const divided = dividedConfig(config, workers);
    const tellsPrints = onPrint !== undefined;
    const data = { config: divided, env, descriptorSet, hosts, labels, tellsPrints };
    const calls = this.#calls(onPrint);
    this.#pool = new WorkerPool({
      count: workers,
      start: (number, onEnd) => new WorkerThread({ ...data, number }, calls, onEnd, options.file),
      join: (worker) => this.#join(worker),
      onLost: (...end) => this.#onLost(...end),
      stalledAfterMs: options.stalledAfterMs ?? STALLED_AFTER_MS,
      clock: systemClock,
    });
    this.#started = this.#pool.start();
    this.#started.catch(() => undefined);
  }

  /** Rejects when any worker refuses it. A worker that ends meanwhile is replaced by one that gets what is active then. */
  async stage(prepared: PreparedPolicySet): Promise<StagedPolicySet> {
    await this.#started;
    const number = ++this.#lastStaged;
    const workers = [...this.#serving];
    const outcomes = await Promise.allSettled(
      workers.map((worker) => worker.calls.ask('stage', { number, prepared })),
    );
    const staged = workers.filter(
      (worker, index) => !worker.ended && outcomes[index]!.status === 'fulfilled',
    );
    const discard = (): void => {
      for (const worker of staged) worker.calls.tell('discard', number);
    };
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled' || workers[index]!.ended) continue;
      discard();
      throw outcome.reason;
    }
    if (staged.length === 0) {
      throw new PortcullisError('bundle_preparation_failed', 'there is no worker to take the policy set');
    }
    return { activate: () => this.#activate(number, prepared, staged), discard };
  }

  setUsable(policySet: string, usable: boolean): void {
    if (usable === !this.#unusable.has(policySet)) return;
    if (usable) this.#unusable.delete(policySet);
    else this.#unusable.add(policySet);
    for (const worker of this.#serving) worker.calls.tell('usable', { policySet, usable });
    this.#notify(policySet);
  }

  active(): ReadonlyMap<string, PolicySetDescriptor> {
    const usable = [...this.#active].filter(([name]) => !this.#unusable.has(name));
    return new Map(usable.map(([name, { descriptor }]) => [name, descriptor]));
  }

  onChange(listener: (policySet: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
    return this.#addresses.open();
  }

  reopenLogs(): void {
    this.#logs.reopen();
  }

  async drain(graceMs: number): Promise<void> {
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

  /** To all in one go, so that they swap at the same time. Resolves when none answers from what was active before. */
  async #activate(
    number: number,
    prepared: PreparedPolicySet,
    staged: readonly WorkerThread[],
  ): Promise<void> {
    const { name } = prepared.descriptor;
    this.#active.set(name, prepared);
    const swapped = staged.map((worker) => {
      worker.active.set(name, prepared);
      return worker.calls.ask('activate', number);
    });
    // Those that joined while it was being staged.
    const late = [...this.#serving].filter((worker) => !staged.includes(worker));
    await Promise.allSettled([...swapped, ...late.map((worker) => this.#catchUp(worker))]);
    this.#notify(name);
  }

  /** Gives a worker what is active and new to it. */
  async #catchUp(worker: WorkerThread): Promise<void> {
    try {
      for (let next = this.#newTo(worker); next !== undefined; next = this.#newTo(worker)) {
        const number = ++this.#lastStaged;
        await worker.calls.ask('stage', { number, prepared: next });
        await worker.calls.ask('activate', number);
        worker.active.set(next.descriptor.name, next);
      }
    } catch (thrown) {
      // What it answered from is no longer active.
      void worker.end('refused', thrown);
      throw thrown;
    }
  }

  #newTo({ active }: WorkerThread): PreparedPolicySet | undefined {
    return this.#active.values().find((prepared) => active.get(prepared.descriptor.name) !== prepared);
  }

  async #join(worker: WorkerThread): Promise<void> {
    await this.#catchUp(worker);
    // From here to the end of the turn nothing can change.
    for (const policySet of this.#unusable) worker.calls.tell('usable', { policySet, usable: false });
    this.cache.repeat(worker);
    this.#readiness.tell(worker);
    this.#serving.add(worker);
    await this.#addresses.join(worker);
    this.#answering.add(worker);
    if (this.#answering.size === 1) this.#notifyAll();
  }

  #onLost(worker: WorkerThread, why: WorkerEnd, error: PortcullisError): void {
    this.#serving.delete(worker);
    const wasAnswering = this.#answering.delete(worker);
    this.#summed.lost(worker);
    this.#addresses.lost();
    if (why === 'closed') return;
    this.#lost[why]++;
    this.#logger.error({ worker: worker.number, reason: why, err: error }, 'a worker was lost');
    if (wasAnswering && this.#answering.size === 0) this.#notifyAll();
  }

  #calls(onPrint: PrintSink | undefined): Omit<MainCalls, 'ready'> {
    return {
      log: (line) => this.#logs.server(line),
      print: ({ policySet, message }) => onPrint?.(policySet, message),
      write: ({ sink, bytes }) => this.#logs.write(sink, bytes),
      metrics: () => this.metricsPage(),
      status: () => this.#facts!.status(),
      distrusted: (distrusted) => this.cache.distrust(distrusted),
      connected: () => this.#addresses.connected(),
    };
  }

  #notify(policySet: string): void {
    for (const listener of this.#listeners) listener(policySet);
  }

  #notifyAll(): void {
    for (const name of this.#policySets) this.#notify(name);
  }
}
