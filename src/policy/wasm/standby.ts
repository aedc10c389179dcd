import type { InstanceMemory } from '../evaluator.ts';
import type { WasmInstance } from './instance.ts';

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

  /**
   * @param load makes an instance from the policy set's data: slow, and the last resort after the first time
   * @param first the instance to begin with, where there is one already
   * @param spares whether a spare is kept; else a broken instance is renewed in the path
   */
  constructor(load: () => WasmInstance, first?: WasmInstance, spares = true) {
    this.#load = load;
    this.#spares = spares;
    this.#current = first ?? load();
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
  }

  #refill(broken: WasmInstance | undefined): void {
    if (!this.#spares) return;
    this.#refilling ??= this.#makeSpare(broken).finally(() => {
      this.#refilling = undefined;
    });
  }

  async #makeSpare(broken: WasmInstance | undefined): Promise<void> {
    await nextTurn();
    try {
      const renewed = broken?.renewed();
      if (renewed !== undefined) {
        this.#spare = renewed;
        return;
      }
      while (!this.#closed) {
        const source = this.current();
        const spare = await source.copied();
        // A source that broke meanwhile may have been copied half before, half after.
        if (source.broken) continue;
        this.#spare = spare;
        return;
      }
    } catch {
      // No memory for a spare now: the next break renews in the path, and tries again.
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
