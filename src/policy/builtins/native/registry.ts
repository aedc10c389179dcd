import type { Builtin } from '../builtin.ts';

/** One array per family file. */
const FAMILIES: readonly (readonly Builtin[])[] = [];

/**
 * Builtins that OPA's modules implement themselves, with the semantics of OPA's own interpreter, by name. The host never
 * calls them for a module; the plan evaluator does.
 */
export const NATIVE_BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  FAMILIES.flat().map((builtin) => [builtin.name, builtin]),
);
