import type { Operand } from '../ir.ts';
import type { Value } from './atoms.ts';
import type { Values } from './values.ts';

/** One block that is walked: what its locals were before, and all that they have been since. */
interface Scope {
  readonly before: Map<number, Value>;
  readonly written: Map<number, Value>;
}

/**
 * The locals along a walk. In a block a statement sees what the one before has set. A block can be left at any statement: after it, a local
 * is what it was before the block, or anything that has been written to it inside.
 */
export class Locals {
  readonly #values: Values;
  readonly #current: Value[] = [];
  readonly #scopes: Scope[] = [];

  constructor(values: Values) {
    this.#values = values;
  }

  get(local: number): Value {
    return this.#current[local] ?? this.#values.none;
  }

  operand(operand: Operand): Value {
    return 'local' in operand ? this.get(operand.local) : this.#values.constant(operand.constant);
  }

  set(local: number, value: Value): void {
    const scope = this.#scopes.at(-1);
    if (scope !== undefined) {
      this.#keep(scope, local);
      const written = scope.written.get(local);
      scope.written.set(local, written === undefined ? value : this.#values.join(written, value));
    }
    this.#current[local] = value;
  }

  /** What is known better until the current block ends, and is not written: the local has its value back then. */
  assume(local: number, value: Value): void {
    const scope = this.#scopes.at(-1);
    if (scope !== undefined) this.#keep(scope, local);
    this.#current[local] = value;
  }

  enter(): void {
    this.#scopes.push({ before: new Map(), written: new Map() });
  }

  /** Gives what has been written to the block's locals. */
  leave(): ReadonlyMap<number, Value> {
    const { before, written } = this.#scopes.pop()!;
    for (const [local, value] of before) this.#current[local] = value;
    const outer = this.#scopes.at(-1);
    for (const [local, value] of written) {
      const joined = this.#values.join(this.get(local), value);
      if (outer === undefined) {
        this.#current[local] = joined;
      } else {
        this.#keep(outer, local);
        const already = outer.written.get(local);
        outer.written.set(local, already === undefined ? value : this.#values.join(already, value));
        this.#current[local] = joined;
      }
    }
    return written;
  }

  #keep({ before }: Scope, local: number): void {
    if (!before.has(local)) before.set(local, this.get(local));
  }
}
