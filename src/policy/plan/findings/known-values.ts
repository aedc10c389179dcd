import type { Operand } from '../ir.ts';
import { type Abstract, join, NO_SITES, NOTHING, SCALARS, type Sites, union } from './abstract.ts';

/** What is known of one function, whatever the way through it: the values of a local are joined over all places that set it. Only grows. */
export class KnownValues {
  /** Whether anything was added since it was last set to false. */
  grew = false;
  readonly #locals: Abstract[] = [];
  #result: Abstract = NOTHING;
  #control: Sites = NO_SITES;

  /** Of the value that the function gives. */
  get result(): Abstract {
    return { ...this.#result, inner: union(this.#result.inner, this.#control) };
  }

  /** What depends on an order and holds, is undefined or is gone through: it decides whether the function has a value, and which. */
  get control(): Sites {
    return this.#control;
  }

  of(local: number): Abstract {
    return this.#locals[local] ?? NOTHING;
  }

  operand(operand: Operand): Abstract {
    return 'local' in operand ? this.of(operand.local) : SCALARS;
  }

  /** True when that was news. */
  set(local: number, value: Abstract): boolean {
    const before = this.of(local);
    const after = join(before, value);
    this.#locals[local] = after;
    if (after === before) return false;
    this.grew = true;
    return true;
  }

  gives(value: Abstract): void {
    const result = join(this.#result, value);
    if (result !== this.#result) this.grew = true;
    this.#result = result;
  }

  decides(...sites: readonly Sites[]): void {
    const before = this.#control;
    for (const each of sites) this.#control = union(this.#control, each);
    if (this.#control !== before) this.grew = true;
  }
}
