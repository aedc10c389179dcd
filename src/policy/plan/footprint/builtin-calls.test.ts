// needs: opa
/** What builtins are taken to see of their arguments. */
import { type FootprintRow, testFootprints } from '../../../../test/support/footprint-rows.ts';

const ROWS: readonly FootprintRow[] = [
  [
    'text tests',
    'r if { startswith(input.a, "x"); endswith(input.b, input.c); contains(input.d, "y") }',
    'a scalar, b scalar, c scalar, d scalar',
  ],
  [
    'text to text',
    'r if { lower(input.a) == "x"; trim_prefix(input.b, "/") == "y"; split(input.c, "/")[0] == "z" }',
    'a scalar, b scalar, c scalar',
  ],
  ['patterns', 'r if { glob.match("*", [], input.a); regex.match("x", input.b) }', 'a scalar, b scalar'],
  [
    'patterns with delimiters',
    'r if glob.match("*", input.d, input.a)',
    'a scalar, d keys+scalar, d.* scalar',
  ],
  ['joined texts', 'r if concat("/", input.a) == "x/y"', 'a keys+scalar, a.* scalar'],
  ['formatted', 'r if sprintf("%v", [input.a]) == "x"', 'a full'],
  ['a template', 'r if $"{input.a}" == "x"', 'a full'],
  ['comparisons', 'r if { input.a > 1; input.b <= 2; 3 < input.c }', 'a compared, b compared, c compared'],
  ['a comparison of parts', 'r if input.a > input.b', 'a full, b full'],
  ['sums', 'r if input.a + input.b == 3', 'a scalar, b scalar'],
  ['differences', 'r if input.a - 1 == 3', 'a scalar'],
  ['differences of parts', 'r if input.a - input.b == 3', 'a full, b full'],
  ['counted', 'r if count(input.a) == 2', 'a keys+scalar'],
  [
    'types',
    'r if { is_string(input.a); is_array(input.b); type_name(input.c) == "object"; is_null(input.d) }',
    'a type, b type, c type, d type',
  ],
  ['sum of an array', 'r if sum(input.a) > 1', 'a keys+scalar, a.* scalar'],
  ['maximum', 'r if max(input.a) > 1', 'a full'],
  ['object.get', 'r if object.get(input, "a", 0) == 1', 'type, a compared'],
  ['object.get by a path', 'r if object.get(input.o, ["a", "b"], 0) == 1', 'o type, o.a.b compared'],
  [
    'object.get by a path through an array',
    'r if object.get(input.o, ["a", 0], 0) == 1',
    'o type, o.a.0 compared',
  ],
  ['object.get by a key from the input', 'r if object.get(input.o, input.k, 0) == 1', 'k full, o full'],
  [
    'object.get by a key from the data',
    'r if object.get(input.o, data.cfg.header, "") == "ada"',
    'o type, o.x-user compared',
    'cfg.header scalar',
  ],
  [
    'object.get with a default from the input',
    'r if object.get(input.o, "a", input.b) == 1',
    'b compared, o type, o.a compared',
  ],
  ['object.get by a path with a part', 'r if object.get(input.o, ["a", input.k], 0) == 1', 'k full, o full'],
  [
    'object.get of a literal',
    'r if object.get({"x": input.a, "y": input.b}, "x", 0) == 1',
    'a compared, b there',
  ],
  ['object.keys', 'r if "a" in object.keys(input.o)', 'o type+keys, o.* there'],
  ['object.union', 'r if object.union(input.a, {"x": 1}).x == 1', 'a full'],
  ['array.concat', 'r if array.concat(input.a, [1])[_] == 1', 'a type+keys, a.* compared'],
  ['array.slice', 'r if array.slice(input.a, 0, input.n)[0].b == 1', 'a type+keys, a.*.b compared, n scalar'],
  ['json.marshal', 'r if json.marshal(input.a) == "1"', 'a full'],
  ['json.patch', 'r if json.patch(input.a, [{"op": "remove", "path": "/x"}]) == {}', 'a full'],
  ['walk', 'r if { walk(input.a, [p, v]); v == 1 }', 'a full'],
  [
    'a token',
    'r if { [_, claims, _] := io.jwt.decode(input.token); claims.sub == input.user }',
    'token scalar, user full',
  ],
  ['a network', 'r if net.cidr_contains("10.0.0.0/8", input.ip)', 'ip scalar'],
  ['units', 'r if units.parse_bytes(input.size) > 10', 'size scalar'],
  ['versions', 'r if semver.is_valid(input.a)', 'a scalar'],
  ['names of uuids', 'r if uuid.rfc4122(input.a) == uuid.rfc4122(input.b)', 'a full, b full'],
  ['to_number', 'r if to_number(input.a) == 1', 'a scalar'],
  ['range', 'r if input.a in numbers.range(1, input.b)', 'a full, b scalar'],
  ['sets of texts', 'r if count({"x"} & {x | some x in input.a}) > 0', 'a keys, a.* full'],
  ['calls without a result', 'r if { trace(input.a); input.b == 1 }', 'a scalar, b compared'],
  ['bits and rounding', 'r if { bits.and(input.a, 1) == 1; round(input.b) == 2 }', 'a scalar, b scalar'],
  ['date parts of the input', 'r if time.weekday(input.t) == "Monday"', 't full'],
];

testFootprints(ROWS);
