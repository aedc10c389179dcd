/**
 * Builtins that modules answer otherwise than OPA for some arguments, so that a decision may turn over or the evaluation fail,
 * and when. Those that the host answers for modules are not among them, nor are other forms of equal numbers. See
 * docs/module-differences.md.
 */
export const DIFFERING_BUILTINS: ReadonlyMap<string, string> = new Map([
  ['div', 'the module fails the evaluation where both operands are 0'],
  ['glob.match', "the module's wildcards match no line break, and it takes a brace that is never closed"],
  ['object.union_n', 'the module has no union of no objects'],
]);
