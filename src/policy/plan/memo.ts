import type { RegoValue } from '../value.ts';
import type { PlanFunction } from './ir.ts';

type Value = RegoValue | undefined;

/**
 * What rules gave, for one input and one data: a rule is evaluated once, as in OPA's virtual cache (v1/topdown/cache.go). `with` opens
 * another one inside; where it puts a document back, the one for that document serves again.
 */
export class Memo {
  readonly #input: Value;
  readonly #data: Value;
  readonly #outer: Memo | undefined;
  readonly #results = new Map<PlanFunction, Value>();

  constructor(input: Value, data: Value, outer?: Memo) {
    this.#input = input;
    this.#data = data;
    this.#outer = outer;
  }

  /** The one for these documents. They are told by identity: only `with` makes new ones. */
  within(input: Value, data: Value): Memo {
    return this.#known(input, data) ?? new Memo(input, data, this);
  }

  #known(input: Value, data: Value): Memo | undefined {
    if (this.#input === input && this.#data === data) return this;
    return this.#outer === undefined ? undefined : this.#outer.#known(input, data);
  }

  has(rule: PlanFunction): boolean {
    return this.#results.has(rule);
  }

  get(rule: PlanFunction): Value {
    return this.#results.get(rule);
  }

  set(rule: PlanFunction, result: Value): void {
    this.#results.set(rule, result);
  }
}
