import { type ModuleExports, readText } from './abi.ts';
import { ModuleAbort } from './failure.ts';
import { type Operand, RegoText } from './rego-text.ts';
import { type FixedPart, ValueReader } from './value-reader.ts';
import { writeValue } from './value-writer.ts';

/** What answers the builtins of a module. */
export interface BuiltinHost {
  /** Whether operands of builtin `id` are to be handed over as the module writes them. None are when it is not given. */
  wantsTexts?(id: number): boolean;
  /** Calls builtin `id`; undefined for an undefined result. May not throw. A text may hold bytes that are no UTF-8 (`byteText`). */
  invoke(id: number, operands: readonly Operand[]): boolean | string | RegoText | undefined;
}

/** Carries operands of builtins out of a module's memory, and results into it. */
export class BuiltinBridge {
  readonly #exports: ModuleExports;
  readonly #host: BuiltinHost;
  readonly #memory: () => Buffer;
  readonly #reader = new ValueReader();
  readonly #fixed: { start: number; end: number };

  /** @param memory gives the memory as it is now: whatever the module does may make it grow */
  constructor(exports: ModuleExports, host: BuiltinHost, memory: () => Buffer) {
    this.#exports = exports;
    this.#host = host;
    this.#memory = memory;
    // Below the fixed part lies the stack, which nothing is on now. Without the export that tells, there is no fixed part.
    this.#fixed = {
      start: exports.portcullis_stack?.value ?? Number.POSITIVE_INFINITY,
      end: 0,
    } satisfies FixedPart;
  }

  /** Where the base data ends: what lies before does not change from now on. */
  set fixedEnd(address: number) {
    this.#fixed.end = address;
  }

  /**
   * Answers a call of builtin `id` with the address of its result, 0 for undefined. Never throws for what the builtin does; does
   * throw when the module aborts, for want of memory.
   */
  call(id: number, addresses: readonly number[]): number {
    const operands: Operand[] = [];
    const asText = this.#host.wantsTexts?.(id) === true;
    for (const address of addresses) {
      const value = asText ? undefined : this.#reader.read(this.#memory(), address, this.#fixed);
      operands.push(value === undefined ? this.#written(address) : value);
    }
    const result = this.#host.invoke(id, operands);
    if (result === undefined) return 0;
    return present(writeValue(this.#exports, this.#memory, result));
  }

  #written(value: number): RegoText {
    // Writing the text may make the memory grow: look at it afterwards.
    const address = present(this.#exports.opa_value_dump(value));
    return new RegoText(readText(this.#memory(), address));
  }
}

/** An address that the module gives only for values it can read and print, which these are. */
function present(address: number): number {
  if (address === 0) throw new ModuleAbort('a value was lost between the module and a builtin');
  return address;
}
