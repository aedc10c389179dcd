import { PortcullisError } from '../../errors.ts';

/** The module gave up by `opa_abort`: two rules in conflict, or no memory left. */
export class ModuleAbort extends Error {
  override readonly name = 'ModuleAbort';
}

/** The text of the abort when `memory.grow` was refused (opa: wasm/src/malloc.c). */
const OUT_OF_MEMORY = 'opa_malloc: failed';

/** The texts of the aborts of rules that contradict each other (opa: internal/compiler/wasm/wasm.go). */
const CONFLICT = /(?:var assignment|object insert) conflict$/;

/** Functions that call none use so much below the stack pointer without moving it (the red zone of LLVM's WebAssembly). */
const RED_ZONE_BYTES = 128;

/**
 * Whether a throw means that the module recursed too deep for one of its stacks: V8's, or the one of its C code, which ends
 * at address 0, so that what goes beyond lies outside the memory. Nothing was written where it should not be.
 * @param stackPointer the module's; undefined when it is not known
 */
export function ranOutOfStack(thrown: unknown, stackPointer: unknown): boolean {
  if (thrown instanceof RangeError) return thrown.message === STACK_OVERFLOW;
  return (
    thrown instanceof WebAssembly.RuntimeError &&
    typeof stackPointer === 'number' &&
    stackPointer < RED_ZONE_BYTES
  );
}

/** V8's words, as no code tells. */
const STACK_OVERFLOW = 'Maximum call stack size exceeded';

export function stackFailure(cause: unknown): PortcullisError {
  return new PortcullisError('evaluation_limit', 'the module used up the stack', { cause });
}

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
    return stackFailure(thrown);
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new PortcullisError('evaluation_failed', `the module trapped: ${message}`, { cause: thrown });
}
