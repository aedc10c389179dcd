import type { Builtin } from './builtin.ts';

/** Every builtin that the host offers to modules, one array per family file. */
const FAMILIES: readonly (readonly Builtin[])[] = [];

/** The host's builtins by name. A module that imports another one is refused when it is loaded. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  FAMILIES.flat().map((builtin) => [builtin.name, builtin]),
);
