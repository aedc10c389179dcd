import type { ActivePolicySets, DataPlaneControl, StagedPolicySet } from '../../decision/planes.ts';
import { PortcullisError } from '../../errors.ts';
import type { PolicySetDescriptor } from '../../policy/descriptor.ts';
import type { PreparedPolicySet } from '../../policy/prepared.ts';
import type { WorkerThread } from './worker-thread.ts';

/** What of a worker is needed here. */
export type PolicySetWorker = Pick<WorkerThread, 'active' | 'calls' | 'end' | 'ended'>;

/** The policy sets that all workers answer from: each is built in all of them, and they swap it in together. */
export class WorkerPolicySets implements DataPlaneControl, ActivePolicySets {
  readonly #names: readonly string[];
  readonly #workers: () => readonly PolicySetWorker[];
  readonly #active = new Map<string, PreparedPolicySet>();
  readonly #unusable = new Set<string>();
  readonly #listeners = new Set<(policySet: string) => void>();
  #lastStaged = 0;

  /** `workers` are those that answer from everything that is active. */
  constructor(names: readonly string[], workers: () => readonly PolicySetWorker[]) {
    this.#names = names;
    this.#workers = workers;
  }

  /** Rejects when any worker refuses it. A worker that ends meanwhile is replaced by one that gets what is active then. */
  async stage(prepared: PreparedPolicySet): Promise<StagedPolicySet> {
    const number = ++this.#lastStaged;
    const workers = this.#workers();
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
    for (const worker of this.#workers()) worker.calls.tell('usable', { policySet, usable });
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

  /** Whether there is anybody to answer has changed. */
  notifyAll(): void {
    for (const name of this.#names) this.#notify(name);
  }

  /**
   * Gives a worker what is active and new to it. A worker that refuses what others answer from is ended. `caughtUp` is called when nothing
   * is new to it any more, before anything else can happen: who is added there to those that swap together misses nothing in between.
   */
  async catchUp(worker: PolicySetWorker, caughtUp: () => void = () => {}): Promise<void> {
    try {
      for (let next = this.#newTo(worker); next !== undefined; next = this.#newTo(worker)) {
        const number = ++this.#lastStaged;
        await worker.calls.ask('stage', { number, prepared: next });
        await worker.calls.ask('activate', number);
        worker.active.set(next.descriptor.name, next);
      }
      caughtUp();
    } catch (thrown) {
      // What it answered from is no longer active.
      void worker.end('refused', thrown);
      throw thrown;
    }
  }

  /** Tells a worker that has caught up what must not be answered from. */
  tellUnusable({ calls }: Pick<PolicySetWorker, 'calls'>): void {
    for (const policySet of this.#unusable) calls.tell('usable', { policySet, usable: false });
  }

  /** To all in one go, so that they swap at the same time. Resolves when none answers from what was active before. */
  async #activate(
    number: number,
    prepared: PreparedPolicySet,
    staged: readonly PolicySetWorker[],
  ): Promise<void> {
    const { name } = prepared.descriptor;
    this.#active.set(name, prepared);
    const swapped = staged.map((worker) => {
      worker.active.set(name, prepared);
      return worker.calls.ask('activate', number);
    });
    // Those that joined while it was being staged.
    const late = this.#workers().filter((worker) => !staged.includes(worker));
    await Promise.allSettled([...swapped, ...late.map((worker) => this.catchUp(worker))]);
    this.#notify(name);
  }

  #newTo({ active }: PolicySetWorker): PreparedPolicySet | undefined {
    return this.#active.values().find((prepared) => active.get(prepared.descriptor.name) !== prepared);
  }

  #notify(policySet: string): void {
    for (const listener of this.#listeners) listener(policySet);
  }
}
