import type { ActivePolicySets, DataPlaneControl, StagedPolicySet } from '../../decision/planes.ts';
import { PortcullisError } from '../../errors.ts';
import type { PolicySetDescriptor } from '../../policy/descriptor.ts';
import type { PreparedPolicySet } from '../../policy/prepared.ts';
import type { WorkerThread } from './worker-thread.ts';

/** What of a worker is needed here. */
export type PolicySetWorker = Pick<WorkerThread, 'active' | 'calls' | 'end' | 'ended'>;

/** The policy sets that all workers answer from: each is built in all of them, and they swap it in together. */
export class WorkerPolicySets<W extends PolicySetWorker = PolicySetWorker>
  implements DataPlaneControl, ActivePolicySets
{
  readonly #names: readonly string[];
  readonly #serving = new Set<W>();
  readonly #active = new Map<string, PreparedPolicySet>();
  readonly #unusable = new Set<string>();
  readonly #listeners = new Set<(policySet: string) => void>();
  #lastStaged = 0;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Those that answer from everything that is active. */
  get workers(): readonly W[] {
    return [...this.#serving];
  }

  /**
   * Gives a new worker what is active, and adds it to the others: in the turn in which nothing is new to it any more, so that it misses nothing in
   * between. `joined` is called in that turn. A worker that refuses what others answer from is ended, and this rejects.
   */
  async join(worker: W, joined: () => void = () => {}): Promise<void> {
    await this.#catchUp(worker, () => {
      for (const policySet of this.#unusable) worker.calls.tell('usable', { policySet, usable: false });
      this.#serving.add(worker);
      joined();
    });
  }

  /** It has ended. */
  lost(worker: W): void {
    this.#serving.delete(worker);
  }

  /** Rejects when any worker refuses it. A worker that ends meanwhile is replaced by one that gets what is active then. */
  async stage(prepared: PreparedPolicySet): Promise<StagedPolicySet> {
    const number = ++this.#lastStaged;
    const { workers } = this;
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
    for (const worker of this.workers) worker.calls.tell('usable', { policySet, usable });
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
    const late = this.workers.filter((worker) => !staged.includes(worker));
    await Promise.allSettled([...swapped, ...late.map((worker) => this.#catchUp(worker))]);
    this.#notify(name);
  }

  /**
   * Gives a worker what is active and new to it. `caughtUp` is called when nothing is new to it any more, before anything else can happen. A
   * worker that refuses what others answer from is ended.
   */
  async #catchUp(worker: PolicySetWorker, caughtUp: () => void = () => {}): Promise<void> {
    try {
      for (let next = this.#newTo(worker); next !== undefined; next = this.#newTo(worker)) {
        const number = ++this.#lastStaged;
        const { name } = next.descriptor;
        await worker.calls.ask('stage', { number, prepared: next });
        // It may have been given meanwhile what replaces it.
        if (this.#active.get(name) !== next) {
          worker.calls.tell('discard', number);
          continue;
        }
        await worker.calls.ask('activate', number);
        worker.active.set(name, next);
      }
      caughtUp();
    } catch (thrown) {
      // What it answered from is no longer active.
      void worker.end('refused', thrown);
      throw thrown;
    }
  }

  #newTo({ active }: PolicySetWorker): PreparedPolicySet | undefined {
    return this.#active.values().find((prepared) => active.get(prepared.descriptor.name) !== prepared);
  }

  #notify(policySet: string): void {
    for (const listener of this.#listeners) listener(policySet);
  }
}
