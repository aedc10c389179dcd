import type { Builtin } from '../builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../builtins/native/registry.ts';
import type { OperandKind } from './operand-tests.ts';

/** A builtin that modules implement themselves, and for which the host answers. */
interface HostAnswer {
  readonly builtin: string;
  /** The C function of the module (opa: internal/compiler/wasm/wasm.go, builtinsFunctions). */
  readonly function: string;
  readonly arity: number;
  /** Only where this operand is the empty text, by its position; otherwise for all calls. */
  readonly whenEmpty?: number;
  /** The module's own code answers where each of these operands is of the kind given: there it does as OPA does. */
  readonly unless?: readonly OperandKind[];
}

const PLAIN_0: readonly OperandKind[] = [{ operand: 0, is: 'plain' }];
const PLAIN_1_2: readonly OperandKind[] = [1, 2].map((operand) => ({ operand, is: 'plain' }));
const PLAIN_0_1: readonly OperandKind[] = [0, 1].map((operand) => ({ operand, is: 'plain' }));

/**
 * Builtins that the C code of modules answers otherwise than OPA, or dangerously: it writes or reads where it may not, never
 * ends, fails the evaluation on operands that a request may hold, or takes malformed operands for something else. A call
 * here costs a microsecond or two; where only some operands are the trouble, other calls cost nothing. Every row is
 * backed by rows of docs/module-differences.md and by test/module-host-answers.test.ts.
 */
const HOST_ANSWERS: readonly HostAnswer[] = [
  { builtin: 'json.is_valid', function: 'opa_json_is_valid', arity: 1 },
  { builtin: 'json.unmarshal', function: 'opa_json_unmarshal', arity: 1 },
  { builtin: 'json.filter', function: 'builtin_json_filter', arity: 2 },
  { builtin: 'json.remove', function: 'builtin_json_remove', arity: 2 },
  { builtin: 'replace', function: 'opa_strings_replace', arity: 3, whenEmpty: 1 },
  { builtin: 'indexof', function: 'opa_strings_indexof', arity: 2, whenEmpty: 1 },
  { builtin: 'format_int', function: 'opa_strings_format_int', arity: 2 },
  { builtin: 'to_number', function: 'opa_to_number', arity: 1 },
  // net.cidr_overlap is the old name of net.cidr_contains, in OPA and in modules.
  { builtin: 'net.cidr_contains', function: 'opa_cidr_contains', arity: 2 },
  { builtin: 'net.cidr_intersects', function: 'opa_cidr_intersects', arity: 2 },
  { builtin: 'base64.is_valid', function: 'opa_base64_is_valid', arity: 1 },
  { builtin: 'base64.decode', function: 'opa_base64_decode', arity: 1 },
  { builtin: 'base64url.decode', function: 'opa_base64_url_decode', arity: 1 },
  { builtin: 'bits.or', function: 'opa_bits_or', arity: 2 },
  { builtin: 'bits.and', function: 'opa_bits_and', arity: 2 },
  { builtin: 'bits.xor', function: 'opa_bits_xor', arity: 2 },
  { builtin: 'bits.negate', function: 'opa_bits_negate', arity: 1 },
  { builtin: 'bits.lsh', function: 'opa_bits_shiftleft', arity: 2 },
  { builtin: 'bits.rsh', function: 'opa_bits_shiftright', arity: 2 },
  { builtin: 'abs', function: 'opa_arith_abs', arity: 1, unless: PLAIN_0 },
  { builtin: 'array.slice', function: 'opa_array_slice', arity: 3, unless: PLAIN_1_2 },
  { builtin: 'ceil', function: 'opa_arith_ceil', arity: 1, unless: PLAIN_0 },
  { builtin: 'concat', function: 'opa_strings_concat', arity: 2, unless: [{ operand: 1, is: 'array' }] },
  { builtin: 'floor', function: 'opa_arith_floor', arity: 1, unless: PLAIN_0 },
  { builtin: 'glob.match', function: 'opa_glob_match', arity: 3 },
  { builtin: 'json.marshal', function: 'opa_json_marshal', arity: 1 },
  {
    builtin: 'object.union_n',
    function: 'builtin_object_union_n',
    arity: 1,
    unless: [{ operand: 0, is: 'filled_array' }],
  },
  { builtin: 'product', function: 'opa_agg_product', arity: 1 },
  { builtin: 'regex.find_all_string_submatch_n', function: 'opa_regex_find_all_string_submatch', arity: 3 },
  { builtin: 'regex.is_valid', function: 'opa_regex_is_valid', arity: 1 },
  { builtin: 'regex.match', function: 'opa_regex_match', arity: 2 },
  { builtin: 'round', function: 'opa_arith_round', arity: 1, unless: PLAIN_0 },
  { builtin: 'sort', function: 'opa_agg_sort', arity: 1 },
  { builtin: 'strings.replace_n', function: 'opa_strings_replace_n', arity: 2 },
  { builtin: 'substring', function: 'opa_strings_substring', arity: 3, unless: PLAIN_1_2 },
  { builtin: 'sum', function: 'opa_agg_sum', arity: 1 },
  { builtin: 'plus', function: 'opa_arith_plus', arity: 2, unless: PLAIN_0_1 },
  { builtin: 'minus', function: 'opa_arith_minus', arity: 2, unless: PLAIN_0_1 },
  { builtin: 'mul', function: 'opa_arith_multiply', arity: 2, unless: PLAIN_0_1 },
  { builtin: 'div', function: 'opa_arith_divide', arity: 2 },
  { builtin: 'rem', function: 'opa_arith_rem', arity: 2, unless: PLAIN_0_1 },
];

/** The rows with the numbers by which a repaired module calls them. Its own numbers begin at 0, so these are negative. */
export const NUMBERED_ANSWERS: readonly (HostAnswer & { readonly id: number })[] = HOST_ANSWERS.map(
  (row, index) => ({ ...row, id: -1 - index }),
);

const TABLE: readonly (Builtin | undefined)[] = HOST_ANSWERS.map(({ builtin }) =>
  NATIVE_BUILTINS.get(builtin),
);

/** The builtin that a repaired module calls by a negative number. */
export function hostAnswer(id: number): Builtin | undefined {
  return TABLE[-1 - id];
}
