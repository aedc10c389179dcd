import { PortcullisError } from '../../errors.ts';

/** The module gave up by `opa_abort`: two rules in conflict, or no memory left. */
export class ModuleAbort extends Error {
  override readonly name = 'ModuleAbort';
}

/** The text of the abort when `memory.grow` was refused (opa: wasm/src/malloc.c). */
const OUT_OF_MEMORY = 'opa_malloc: failed';

/** The texts of the aborts of rules that contradict each other (opa: internal/compiler/wasm/wasm.go). */
const CONFLICT = /(?:var assignment|object insert) conflict$/;

/** What a throw out of a module means: `evaluation_conflict` where rules contradict each other, `evaluation_limit` for want of memory or stack, otherwise `evaluation_failed`. */
export function failureOf(thrown: unknown): PortcullisError {
  if (thrown instanceof PortcullisError) return thrown;
  if (thrown instanceof ModuleAbort) {
    if (thrown.message === OUT_OF_MEMORY) {
      return new PortcullisError('evaluation_limit', 'the module used up its memory', { cause: thrown });
    }
    const code = CONFLICT.test(thrown.message) ? 'evaluation_conflict' : 'evaluation_failed';
    return new PortcullisError(code, thrown.message, { cause: thrown });
  }
  // V8 raises it when the module's recursion uses up the thread's stack.
  if (thrown instanceof RangeError) {
    return new PortcullisError('evaluation_limit', 'the module used up the stack', { cause: thrown });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PortcullisError('evaluation_failed', `the module trapped: ${message}`, { cause: thrown });
}
