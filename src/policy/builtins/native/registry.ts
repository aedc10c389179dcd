import type { Builtin } from '../builtin.ts';
import { base64Builtins } from './base64.ts';
import { globBuiltins } from './glob.ts';
import { networkBuiltins } from './networks.ts';
import { nativeRegexBuiltins } from './regex.ts';
import { replaceBuiltins } from './replace.ts';
import { nativeStringBuiltins } from './strings.ts';
import { trimBuiltins } from './trim.ts';

/** One array per family file. */
const FAMILIES: readonly (readonly Builtin[])[] = [
  base64Builtins,
  globBuiltins,
  nativeRegexBuiltins,
  nativeStringBuiltins,
  networkBuiltins,
  replaceBuiltins,
  trimBuiltins,
];

/**
 * Builtins that OPA's modules implement themselves, with the semantics of OPA's own interpreter, by name. The host never
 * calls them for a module; the plan evaluator does.
 */
export const NATIVE_BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  FAMILIES.flat().map((builtin) => [builtin.name, builtin]),
);
