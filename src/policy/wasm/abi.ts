/**
 * OPA's WASM ABI 1.2 and 1.3 as seen from the host (https://www.openpolicyagent.org/docs/wasm).
 * All addresses and lengths are bytes in the module's memory; address 0 means "none" or "undefined".
 */

import type { FUEL_EXPORT, STACK_EXPORT } from './metering/meter-module.ts';

export const PAGE_BYTES = 65_536;

/** The functions of a module that the host calls. */
export interface ModuleExports {
  readonly opa_malloc: (size: number) => number;
  readonly opa_heap_ptr_get: () => number;
  readonly opa_heap_ptr_set: (address: number) => void;
  /** JSON text → value; 0 when the text does not parse. Ignores what follows the first value. */
  readonly opa_json_parse: (address: number, length: number) => number;
  /** As opa_json_parse, and sets and non-string keys. */
  readonly opa_value_parse: (address: number, length: number) => number;
  /** Value → NUL-terminated JSON text; sets become arrays, non-string keys become strings. */
  readonly opa_json_dump: (value: number) => number;
  /** Value → NUL-terminated Rego text; nothing is lost. */
  readonly opa_value_dump: (value: number) => number;
  readonly opa_eval_ctx_new: () => number;
  readonly opa_eval_ctx_set_input: (context: number, value: number) => void;
  readonly opa_eval_ctx_set_data: (context: number, value: number) => void;
  readonly opa_eval_ctx_set_entrypoint: (context: number, entrypoint: number) => void;
  readonly opa_eval_ctx_get_result: (context: number) => number;
  readonly eval: (context: number) => number;
  readonly builtins: () => number;
  readonly entrypoints: () => number;
  /** Added by `meterModule`: how many checks are left before the module asks the host for more. */
  readonly portcullis_fuel?: WebAssembly.Global;
  /** Added by `meterModule`: where the C stack ends. It grows downwards, to 0. */
  readonly portcullis_stack?: WebAssembly.Global;
}

type ExportedFunction = Exclude<keyof ModuleExports, typeof FUEL_EXPORT | typeof STACK_EXPORT>;

/** Every function of ModuleExports, to be checked before a module is used. */
export const EXPORTED_FUNCTIONS: readonly ExportedFunction[] = [
  'opa_malloc',
  'opa_heap_ptr_get',
  'opa_heap_ptr_set',
  'opa_json_parse',
  'opa_value_parse',
  'opa_json_dump',
  'opa_value_dump',
  'opa_eval_ctx_new',
  'opa_eval_ctx_set_input',
  'opa_eval_ctx_set_data',
  'opa_eval_ctx_set_entrypoint',
  'opa_eval_ctx_get_result',
  'eval',
  'builtins',
  'entrypoints',
];

/**
 * What the host gives a module. `callBuiltin` returns the address of the result, 0 for undefined. `abort` returns only
 * when a metered module asked for fuel: by address 0, with its fuel below zero.
 */
export interface HostFunctions {
  readonly abort: (messageAddress: number) => void;
  readonly println: (messageAddress: number) => void;
  readonly callBuiltin: (id: number, context: number, ...args: number[]) => number;
}

/** Every import that a module may have, and of what kind. */
export const IMPORTS: ReadonlyMap<string, string> = new Map([
  ['memory', 'memory'],
  ['opa_abort', 'function'],
  ['opa_println', 'function'],
  ['opa_builtin0', 'function'],
  ['opa_builtin1', 'function'],
  ['opa_builtin2', 'function'],
  ['opa_builtin3', 'function'],
  ['opa_builtin4', 'function'],
]);

/** Links a module with its host. The module's start function sets up the heap. */
export function instantiate(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  host: HostFunctions,
): WebAssembly.Instance {
  const { abort, println, callBuiltin } = host;
  return new WebAssembly.Instance(module, {
    env: {
      memory,
      opa_abort: abort,
      opa_println: println,
      opa_builtin0: callBuiltin,
      opa_builtin1: callBuiltin,
      opa_builtin2: callBuiltin,
      opa_builtin3: callBuiltin,
      opa_builtin4: callBuiltin,
    },
  });
}

/** The NUL-terminated text at an address, as UTF-8; bytes that are no UTF-8 become U+FFFD. */
export function readText(bytes: Buffer, address: number): string {
  const end = bytes.indexOf(0, address);
  return bytes.toString('utf8', address, end === -1 ? bytes.length : end);
}
