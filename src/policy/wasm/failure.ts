import { PortcullisError } from '../../errors.ts';

/** The module gave up by `opa_abort`: two rules in conflict, or no memory left. */
export class ModuleAbort extends Error {
  override readonly name = 'ModuleAbort';
}

/** The text of the abort when `memory.grow` was refused (opa: wasm/src/malloc.c). */
const OUT_OF_MEMORY = 'opa_malloc: failed';

/** What a throw out of a module means: `evaluation_limit` for want of memory or stack, otherwise `evaluation_failed`. */
export function failureOf(thrown: unknown): PortcullisError {
  if (thrown instanceof PortcullisError) return thrown;
  if (thrown instanceof ModuleAbort) {
    return thrown.message === OUT_OF_MEMORY
      ? new PortcullisError('evaluation_limit', 'the module used up its memory', { cause: thrown })
      : new PortcullisError('evaluation_failed', thrown.message, { cause: thrown });
  }
  // V8 raises it when the module's recursion uses up the thread's stack.
  if (thrown instanceof RangeError) {
    return new PortcullisError('evaluation_limit', 'the module used up the stack', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PortcullisError('evaluation_failed', `the module trapped: ${message}`, { cause: thrown });
}
