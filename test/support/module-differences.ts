/** Calls that OPA's compiled modules answer otherwise than OPA's interpreter. */
export interface ModuleDifference {
  readonly builtin: string;
  /** The operands as Rego text, in brackets. */
  readonly operands: string;
  /** OPA's result as Rego text; undefined where there is none. */
  readonly opa: string | undefined;
  /** The module's; `fails` where the evaluation does. */
  readonly module: string | undefined;
  readonly why: string;
}

const FORM = 'of equal numbers in other forms, the module gives another one';

export const MODULE_DIFFERENCES: readonly ModuleDifference[] = [
  row('min', '[[1.0, 1]]', '1', '1.0', FORM),
  row('object.union', '[{"c": 1}, {"c": 1.0}]', '{"c": 1}', '{"c": 1.0}', FORM),
];

function row(
  builtin: string,
  operands: string,
  opa: string | undefined,
  module: string | undefined,
  why: string,
): ModuleDifference {
  return { builtin, operands, opa, module, why };
}
