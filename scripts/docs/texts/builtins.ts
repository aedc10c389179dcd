/** Builtins of OPA 1.22.2 that the host does not implement; together with the host's registry they are all that OPA knows. */

/** Compiled into the module (OPA's internal/compiler/wasm/wasm.go). */
export const NATIVE: readonly string[] = words(`
  abs all and any array.concat array.flatten array.reverse array.slice base64.decode base64.encode
  base64.is_valid base64url.decode base64url.encode bits.and bits.lsh bits.negate bits.or bits.rsh
  bits.xor ceil concat contains count div endswith equal floor format_int glob.match graph.reachable
  gt gte indexof internal.member_2 internal.member_3 internal.template_string intersection is_array
  is_boolean is_null is_number is_object is_set is_string json.filter json.is_valid json.marshal
  json.remove json.unmarshal lower lt lte max min minus mul neq net.cidr_contains net.cidr_intersects
  net.cidr_overlap numbers.range object.filter object.get object.keys object.remove object.union
  object.union_n or plus product re_match regex.find_all_string_submatch_n regex.is_valid regex.match
  rem replace round set_diff sort split startswith strings.replace_n strings.reverse substring sum
  to_number trim trim_left trim_prefix trim_right trim_space trim_suffix type_name union upper walk
`);

/** Resolved by the compiler; nothing of them is left in a module. */
export const COMPILE_TIME: readonly string[] = words(
  'assign eq print rego.metadata.chain rego.metadata.rule',
);

/** By reason. A module that calls one of them is refused when it is loaded. */
export const NOT_OFFERED: ReadonlyMap<string, readonly string[]> = new Map([
  ['needs the compiler, which the server does not have', words('rego.parse_module')],
  ["only for OPA's own test runner", words('internal.test_case')],
]);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
