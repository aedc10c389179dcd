import type { Builtin } from '../builtin.ts';
import { aggregateBuiltins } from './aggregates.ts';
import { arithmeticBuiltins } from './arithmetic.ts';
import { arrayBuiltins } from './arrays.ts';
import { base64Builtins } from './base64.ts';
import { bitBuiltins } from './bits.ts';
import { comparisonBuiltins } from './comparison.ts';
import { globBuiltins } from './glob.ts';
import { graphBuiltins } from './graphs.ts';
import { jsonPathBuiltins } from './json-paths.ts';
import { jsonTextBuiltins } from './json-text.ts';
import { networkBuiltins } from './networks.ts';
import { numberBuiltins } from './numbers.ts';
import { objectUnionBuiltins } from './object-union.ts';
import { objectKeyBuiltins } from './objects.ts';
import { nativeRegexBuiltins } from './regex.ts';
import { replaceBuiltins } from './replace.ts';
import { setBuiltins } from './sets.ts';
import { nativeStringBuiltins } from './strings.ts';
import { sumBuiltins } from './sums.ts';
import { templateStringBuiltins } from './template-string.ts';
import { trimBuiltins } from './trim.ts';
import { typeBuiltins } from './types.ts';

/** One array per family file. */
const FAMILIES: readonly (readonly Builtin[])[] = [
  aggregateBuiltins,
  arithmeticBuiltins,
  arrayBuiltins,
  base64Builtins,
  bitBuiltins,
  comparisonBuiltins,
  globBuiltins,
  graphBuiltins,
  jsonPathBuiltins,
  jsonTextBuiltins,
  nativeRegexBuiltins,
  nativeStringBuiltins,
  networkBuiltins,
  numberBuiltins,
  objectKeyBuiltins,
  objectUnionBuiltins,
  replaceBuiltins,
  setBuiltins,
  sumBuiltins,
  templateStringBuiltins,
  trimBuiltins,
  typeBuiltins,
];

/**
 * Builtins that OPA's modules implement themselves, with the semantics of OPA's own interpreter, by name. The host never
 * calls them for a module; the plan evaluator does. As everywhere, equal
 * elements may stand twice in a set that is an operand.
 */
export const NATIVE_BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  FAMILIES.flat().map((builtin) => [builtin.name, builtin]),
);
