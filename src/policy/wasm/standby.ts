import type { ModuleDescriptor } from '../descriptor.ts';
import type { InstanceMemory } from '../evaluator.ts';
import type { WasmInstance } from './instance.ts';
import { maxPagesOf } from './memory-size.ts';

/**
 * An instance and a spare. When the instance breaks, the spare takes its place at once and another spare is made
 * between requests, so that a decision does not wait for data to be loaded. Only when the instances break faster
 * than the event loop turns is a new one made in the path, by renewing the broken one's memory.
 */
export class Standby {
  readonly #load: () => WasmInstance;
  readonly #spares: boolean;
  #current: WasmInstance;
  #spare: WasmInstance | undefined;
  #refilling: Promise<void> | undefined;
  #closed = false;
  readonly #ended = Promise.withResolvers<void>();
  /** Whose spare's memory the first instance has, until that one is closed: then its other memory becomes that of the spare. */
  #lender: Standby | undefined;

  /**
   * @param load makes an instance from the policy set's data: slow, and the last resort after the first time
   * @param first the instance to begin with, where there is one already
   * @param spares whether a spare is kept; else a broken instance is renewed in the path
   * @param lender what `first` has the memory of: then no other memory is made, for that takes long and is freed in one go
   */
  constructor(load: () => WasmInstance, first?: WasmInstance, spares = true, lender?: Standby) {
    this.#load = load;
    this.#spares = spares;
    this.#current = first ?? load();
    this.#lender = lender;
    this.#refill(undefined);
  }

  /** The instance to evaluate with. */
  current(): WasmInstance {
    if (this.#current.broken) this.#current = this.#current.renewed() ?? this.#load();
    return this.#current;
  }

  /** To be called when the current instance is broken. */
  discard(): void {
    const broken = this.#current;
    if (this.#spare === undefined) {
      this.#refill(undefined);
      return;
    }
    this.#current = this.#spare;
    this.#spare = undefined;
    this.#refill(broken);
  }

  /**
   * The memory of the spare, for the first instance of what is to take this one's place, with data up to `end`. Undefined when there is none that fits. Until it
   * comes back, instances are renewed in the path.
   */
  lend(descriptor: ModuleDescriptor, maxBytes: number, end: number): WebAssembly.Memory | undefined {
    const memory = this.#spare?.give(maxPagesOf(descriptor, maxBytes), end);
    if (memory !== undefined) this.#spare = undefined;
    return memory;
  }

  /** What was lent was not used: it becomes a spare again. */
  takeBack(memory: WebAssembly.Memory | undefined): void {
    if (!this.#closed && this.#spare === undefined) this.#refill(undefined, memory);
  }

  /** Settles when the spare is there, or could not be made. */
  async settled(): Promise<void> {
    await this.#refilling;
  }

  memory(): InstanceMemory {
    const spare = this.#spare;
    const bytes = this.#current.memoryBytes + (spare?.memoryBytes ?? 0);
    return { instances: spare === undefined ? 1 : 2, bytes };
  }

  close(): void {
    this.#closed = true;
    this.#spare = undefined;
    this.#ended.resolve();
  }

  #refill(broken: WasmInstance | undefined, used?: WebAssembly.Memory): void {
    if (!this.#spares) return;
    this.#refilling ??= this.#makeSpare(broken, used).finally(() => {
      this.#refilling = undefined;
    });
  }

  async #makeSpare(broken: WasmInstance | undefined, used: WebAssembly.Memory | undefined): Promise<void> {
    await nextTurn();
    try {
      const renewed = broken?.renewed();
      if (renewed !== undefined) {
        this.#spare = renewed;
        return;
      }
      let memory = used ?? (await this.#lendersOther());
      while (!this.#closed) {
        const source = this.current();
        const spare = await source.copied(memory);
        // A source that broke meanwhile may have been copied half before, half after.
        if (source.broken) {
          memory = undefined;
          continue;
        }
        this.#spare = spare;
        return;
      }
    } catch {
      // No memory for a spare now: the next break renews in the path, and tries again.
    }
  }

  /** Once the lender is closed, the memory that it still had. When this one is closed before, the lender gets back what it lent. */
  async #lendersOther(): Promise<WebAssembly.Memory | undefined> {
    const lender = this.#lender;
    if (lender === undefined) return undefined;
    this.#lender = undefined;
    await Promise.race([lender.#ended.promise, this.#ended.promise]);
    if (!this.#closed) return lender.#current.giveFor(this.#current);
    lender.takeBack(this.#current.giveFor(lender.#current));
    return undefined;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
