import type { Block, Statement } from '../ir.ts';
import type { Value } from './atoms.ts';
import { Box } from './box.ts';
import { Observer } from './observer.ts';
import type { Values } from './values.ts';

/** A function as some callers call it, or an entrypoint: what is known of it, and what it looks at. */
export class Context {
  readonly blocks: readonly Block[];
  readonly params: readonly number[];
  readonly observer: Observer;
  readonly callers: Set<Context> = new Set();
  readonly callees: Set<Context> = new Set();
  readonly builtins: Set<string> = new Set();
  /** What its parameters can be. */
  args: readonly Value[];
  result: Value;
  /** A walk along it is under way. */
  walking = false;
  readonly #values: Values;
  readonly #boxes: Map<Statement, Box[]> = new Map();
  /** By loop, what its locals bring into its next round. */
  readonly #carried: Map<Statement, Map<number, Value>> = new Map();

  constructor(
    code: { readonly blocks: readonly Block[]; readonly params: readonly number[] },
    args: readonly Value[],
    values: Values,
    onStale: (context: Context) => void,
  ) {
    this.blocks = code.blocks;
    this.params = code.params;
    this.args = args;
    this.result = values.none;
    this.#values = values;
    this.observer = new Observer(() => onStale(this));
  }

  /** What a statement makes: the same box each time. `with` makes one for each step of its path. */
  box(statement: Statement, type: 'array' | 'object' | 'set', step = 0): Box {
    let boxes = this.#boxes.get(statement);
    if (boxes === undefined) this.#boxes.set(statement, (boxes = []));
    return (boxes[step] ??= new Box(type, this.#values));
  }

  carried(loop: Statement, local: number): Value {
    return this.#carried.get(loop)?.get(local) ?? this.#values.none;
  }

  /** True when that is news. */
  carry(loop: Statement, local: number, value: Value): boolean {
    let carried = this.#carried.get(loop);
    if (carried === undefined) this.#carried.set(loop, (carried = new Map()));
    const before = carried.get(local) ?? this.#values.none;
    const joined = this.#values.join(before, value);
    carried.set(local, joined);
    return joined !== before;
  }
}
