import { BuiltinError } from './builtin.ts';
import { WorkBudget } from './work-budget.ts';

/** A document or a schema that gqlparser refuses. Where the boolean builtins answer false. */
export class GraphqlError extends Error {
  override readonly name = 'GraphqlError';
  /** Where in the text: an offset in UTF-16 units. */
  readonly offset: number | undefined;
  constructor(message: string, offset?: number) {
    super(message);
    this.offset = offset;
  }
}

const MAX_STEPS = 1_000_000;
const MAX_DEPTH = 500;

/**
 * Bounds the work of one validation: fragments that use others twice take exponential work, and chains of them deep
 * recursion. Beyond it nothing is known of the document, so all builtins err, those too that would answer false.
 */
export class GraphqlBudget extends WorkBudget {
  #depth = 0;

  constructor() {
    super(`validation takes more than ${MAX_STEPS} steps`, MAX_STEPS);
  }

  /** Runs one level of a recursion, which is a step. */
  nested<T>(run: () => T): T {
    this.enter();
    try {
      return run();
    } finally {
      this.leave();
    }
  }

  /** As `nested`, for recursions that would need too much stack for a function within a function. */
  enter(): void {
    if (this.#depth >= MAX_DEPTH) throw new BuiltinError(`nested more than ${MAX_DEPTH} levels deep`);
    this.spend(1);
    this.#depth++;
  }

  leave(): void {
    this.#depth--;
  }
}
