import type { ModuleExports } from '../abi.ts';

/** To the next tick, for a host that has none. */
const UNLIMITED_CHECKS = 1_000_000;

/**
 * The host's side of a metered instance: gives it fuel, or ends what it does. The module asks by calling `opa_abort`
 * with address 0, where no message lies.
 */
export class Meter {
  readonly #host: { tick?(): number };
  #fuel: WebAssembly.Global | undefined;
  #interruption: unknown;

  /** `tick` gives the number of checks to the next tick, or throws. */
  constructor(host: { tick?(): number }) {
    this.#host = host;
  }

  /** To be called once there is an instance. The start function runs before, with the module's own first fuel. */
  attach({ portcullis_fuel: fuel }: ModuleExports): void {
    this.#fuel = fuel;
    // What the start left over is too much: the first check shall tick.
    if (fuel !== undefined) fuel.value = 0;
  }

  /** Whether a call of `opa_abort` asked for fuel, which it then got. Throws what `tick` throws. */
  refuels(messageAddress: number): boolean {
    const fuel = this.#fuel;
    if (messageAddress !== 0 || (fuel !== undefined && fuel.value >= 0)) return false;
    const checks = this.tick();
    if (fuel !== undefined) fuel.value = checks;
    return true;
  }

  tick(): number {
    try {
      return this.#host.tick?.() ?? UNLIMITED_CHECKS;
    } catch (thrown) {
      this.#interruption = thrown;
      throw thrown;
    }
  }

  /** Whether this was thrown by `tick`: the module did nothing wrong, and its base data is as it was. */
  interrupted(thrown: unknown): boolean {
    return thrown !== undefined && thrown === this.#interruption;
  }
}
