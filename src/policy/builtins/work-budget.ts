import { ExactNumber, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';

/** What one call may spend in units of its own choice: without it, arguments could multiply work or memory. */
export class WorkBudget {
  readonly #what: string;
  #left: number;

  constructor(what: string, units: number) {
    this.#what = what;
    this.#left = units;
  }

  /** Throws BuiltinError when nothing is left. */
  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new BuiltinError(this.#what);
  }

  /** Spends as many units as the value holds values and characters. */
  spendOn(value: RegoValue): void {
    this.spend(1);
    if (typeof value === 'string') this.spend(value.length);
    else if (value instanceof ExactNumber) this.spend(value.text.length);
    else if (Array.isArray(value) || value instanceof Set) for (const element of value) this.spendOn(element);
    else if (value instanceof Map) {
      for (const [key, member] of value) {
        this.spendOn(key);
        this.spendOn(member);
      }
    }
  }
}
