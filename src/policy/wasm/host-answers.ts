import type { Builtin } from '../builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../builtins/native/registry.ts';

/** A builtin that modules implement themselves, and for which the host answers. */
interface HostAnswer {
  readonly builtin: string;
  /** The C function of the module (opa: internal/compiler/wasm/wasm.go, builtinsFunctions). */
  readonly function: string;
  readonly arity: number;
  /**
   * A number: only where the operand at this position is the empty text. `upserts`: only in modules that replace parts of
   * documents (`with input.x as y`). Otherwise for all calls.
   */
  readonly when?: number | 'upserts';
}

/**
 * Builtins that the C code of modules answers dangerously: it writes or reads where it may not, never ends, fails the
 * evaluation on operands that a request may hold, or takes malformed operands for something else, so that a decision
 * turns over. Each costs some microseconds a call here; where only the empty text is the trouble, other calls cost
 * nothing. Every row is backed by rows of docs/module-differences.md or by a test in test/module-repairs.test.ts.
 */
const HOST_ANSWERS: readonly HostAnswer[] = [
  { builtin: 'json.is_valid', function: 'opa_json_is_valid', arity: 1 },
  { builtin: 'json.unmarshal', function: 'opa_json_unmarshal', arity: 1 },
  { builtin: 'json.filter', function: 'builtin_json_filter', arity: 2 },
  { builtin: 'json.remove', function: 'builtin_json_remove', arity: 2 },
  { builtin: 'replace', function: 'opa_strings_replace', arity: 3, when: 1 },
  { builtin: 'indexof', function: 'opa_strings_indexof', arity: 2, when: 1 },
  { builtin: 'format_int', function: 'opa_strings_format_int', arity: 2 },
  { builtin: 'to_number', function: 'opa_to_number', arity: 1 },
  // net.cidr_overlap is the old name of net.cidr_contains, in OPA and in modules.
  { builtin: 'net.cidr_contains', function: 'opa_cidr_contains', arity: 2 },
  { builtin: 'net.cidr_intersects', function: 'opa_cidr_intersects', arity: 2 },
  { builtin: 'base64.is_valid', function: 'opa_base64_is_valid', arity: 1 },
  { builtin: 'base64.decode', function: 'opa_base64_decode', arity: 1 },
  { builtin: 'base64url.decode', function: 'opa_base64_url_decode', arity: 1 },
  // It copies arrays by the function that is repaired for "with".
  { builtin: 'sort', function: 'opa_agg_sort', arity: 1, when: 'upserts' },
  { builtin: 'bits.or', function: 'opa_bits_or', arity: 2 },
  { builtin: 'bits.and', function: 'opa_bits_and', arity: 2 },
  { builtin: 'bits.xor', function: 'opa_bits_xor', arity: 2 },
  { builtin: 'bits.negate', function: 'opa_bits_negate', arity: 1 },
  { builtin: 'bits.lsh', function: 'opa_bits_shiftleft', arity: 2 },
  { builtin: 'bits.rsh', function: 'opa_bits_shiftright', arity: 2 },
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
