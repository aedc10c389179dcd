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

const FRACTION = 'the module takes no integer that is written with a fraction or an exponent';
const EXPONENT = 'the module keeps the form of the operands; OPA writes what it computes';
const PRECISION = 'OPA computes fractions with 64 bits of mantissa; the module with decimals';
const CLASSES = "the module's RE2 is older than Go's regexp package";

export const MODULE_DIFFERENCES: readonly ModuleDifference[] = [
  row('glob.match', '["{**", ["."], "a"]', undefined, 'true', 'the module takes a `{` that is never closed'),
  row(
    'glob.match',
    '["**", ["/"], "a\\n"]',
    'true',
    'false',
    "the module's wildcards do not match a line break",
  ),
  row(
    'glob.match',
    '["*", null, "a\\n"]',
    'true',
    'false',
    "the module's wildcards do not match a line break",
  ),
  row(
    'glob.match',
    '["?", null, "\\n"]',
    'true',
    'false',
    "the module's wildcards do not match a line break",
  ),
  row(
    'glob.match',
    '["[[c-a]", [], "c"]',
    'true',
    undefined,
    'the module reads a range where OPA reads a list of characters',
  ),
  row('object.union_n', '[[]]', '{}', undefined, 'the module has no union of no objects'),
  row(
    'object.union_n',
    '[{"a": {"b": 1}}]',
    undefined,
    '{"b": 1}',
    'the module takes the values of an object, too',
  ),
  row(
    'concat',
    '["", {"", "\u{1f600}", "a"}]',
    '"a\u{1f600}"',
    '"\u{1f600}a"',
    'the module does not sort a set',
  ),
  row('json.marshal', '["&"]', '"\\"\\\\u0026\\""', '"\\"&\\""', 'OPA escapes `<`, `>` and `&`'),
  row(
    'glob.match',
    '["{", null, "a"]',
    undefined,
    'false',
    'the module takes a `{` that is never closed for one that matches nothing',
  ),
  row('substring', '["abc", 1.0, 1]', '"b"', undefined, FRACTION),
  row('array.slice', '[[1, 2], 1.0, 2]', '[2]', undefined, FRACTION),
  row('regex.is_valid', '["(?<n>a)"]', 'true', 'false', CLASSES),
  row('regex.match', '["(?<n>a)", "a"]', 'true', undefined, CLASSES),
  row('regex.match', '["\\\\p{greek}", "α"]', 'true', undefined, CLASSES),
  row('regex.match', '["\\\\C", "a"]', undefined, 'true', 'the module matches single bytes with `\\C`'),
  row('regex.find_all_string_submatch_n', '["(?<n>a)", "a", -1]', '[["a", "a"]]', undefined, CLASSES),
  row('plus', '[2147483648, 1.0]', '2147483649', '2147483649.0', EXPONENT),
  row(
    'plus',
    '[1e30, 0.00001]',
    '1000000000000000000000000000000',
    '1000000000000000000000000000000.00001',
    PRECISION,
  ),
  row('minus', '[1.0, 9223372036854775807]', '-9223372036854775806', '-9223372036854775806.0', EXPONENT),
  row('mul', '[1.0, -2.5]', '-2.5', '-2.50', EXPONENT),
  row('mul', '[9223372036854775807, 1e3]', '9223372036854775807000', '9.223372036854775807e+21', EXPONENT),
  row('div', '[1, 3]', '0.33333333333333333334', '0.333333333333333333', PRECISION),
  row('abs', '[12.50]', '12.5', '12.50', EXPONENT),
  row('round', '[1e21]', '1000000000000000000000', '1e+21', EXPONENT),
  row(
    'ceil',
    '[-0.5]',
    '1',
    '0',
    "OPA's `ceil` adds one to what it cut off, so that it is wrong between -1 and 0",
  ),
  row('floor', '[1e21]', '1000000000000000000000', '1e+21', EXPONENT),
  row('sum', '[[0.00001]]', '1e-05', '0.00001', EXPONENT),
  row('product', '[[1.5, 12.50]]', '18.75', '18.750', EXPONENT),
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
