/** Builtins that OPA's modules implement themselves and for some arguments otherwise than OPA, and when. See docs/module-differences.md. */
export const DIFFERING_BUILTINS: ReadonlyMap<string, string> = new Map([
  ['format_int', 'the module takes integers of 64 bits only'],
  ['json.unmarshal', 'the module has no limit on exponents'],
]);
