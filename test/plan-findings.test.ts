// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicies } from '../src/authoring/compile-policies.ts';
import { listFindings } from '../src/policy/plan/findings/list-findings.ts';

/** Of each rule, what is found at which row of the source: `order!` where it is certain. */
const RULES: readonly (readonly [what: string, rule: string, found: string])[] = [
  ['the first of a set', 'r := [x | some x in {"a", "b", "c"}][0]', 'order!'],
  ['all of a set as an array', 'r := [x | some x in names]', 'order!'],
  ['keys of an object that a rule makes', 'r := [k | some k, _ in by_name]', 'order!'],
  ['sets in an object', 'r := [x | some x in {"k": names}[input.k]]', 'order!'],
  ['an array from a set, handed to a function', 'r := first([x | some x in names])', 'order!'],
  ['a set, handed to a function that makes an array', 'r := listed(names)', 'order!'],
  ['an array in an array', 'r := [[x, y] | some x in names; some y in [1, 2]]', 'order!'],
  ['compared', 'r if [x | some x in names] == ["a", "b"]', 'order!'],
  ['joined, by the host', 'r := concat(",", names)', ''],
  ['a set written as JSON, by the host', 'r := json.marshal(names)', ''],
  ['numbered', 'r := {i: x | some i, x in [y | some y in names]}', 'order!'],
  ['appended to another array', 'r := array.concat(["z"], [x | some x in names])', 'order!'],
  ['written as JSON', 'r := json.marshal([x | some x in names])', 'order!'],
  ['objects of the data', 'r := [k | some k, _ in data.roles]', 'order!'],
  ['the input may be an object', 'r := [x | some x in input.xs]', 'order'],
  ['a walk through the input', 'r := [p | walk(input, [p, _])]', 'order'],
  ['data of another bundle may be objects', 'r := [x | some x in data.elsewhere]', 'order'],
  ['counted', 'r := count([x | some x in names])', ''],
  ['sorted', 'r := sort([x | some x in names])', ''],
  ['a set again', 'r := {x | some x in [y | some y in names]}', ''],
  ['asked for a member', 'r if "a" in [x | some x in names]', ''],
  ['a set', 'r := {upper(x) | some x in names}', ''],
  ['every element', 'r if every x in names { x != "z" }', ''],
  ['any element', 'r if some x in names', ''],
  ['an object', 'r := {x: 1 | some x in names}', ''],
  ['an array', 'r := [x | some x in [1, 2, 3]]', ''],
  ['arrays of the data', 'r := [x | some x in data.list]', ''],
  ['an array for each element', 'r := {x: [x, 1] | some x in names}', ''],
  ['an array of a split', 'r := [x | some x in split(input.s, ",")]', ''],
  ['not', 'r if not [x | some x in names] == ["a"]', 'order!'],
  ['a function that is undefined', 'r := 1 if { _x := is_a(listed(names)) }', 'order!'],
  ['a rule that is undefined', 'r := count([1 | _x := first_is_a])', 'order!'],
  ['a builtin that is undefined', 'r := 1 if { _x := to_number(listed(names)[0]) }', 'order!'],
  ['a key that is missing', 'r := 1 if { _x := {"a": 1}[listed(names)[0]] }', 'order!'],
  ['a key of the input that is missing', 'r := 1 if { _x := input[listed(names)[0]] }', 'order!'],
  ['a package that is missing', 'r := 1 if { _x := data.elsewhere[listed(names)[0]] }', 'order!'],
  ['which keys an object has', 'r := {i: x | some i, x in listed(names)}[0]', 'order!'],
  ['which keys a rule has', 'r := 1 if { _x := numbered[input.k] }', 'order!'],
  ['how many keys', 'r := count({k: 1 | some k in [listed(names)[0], "a"]})', 'order!'],
  ['an array in a set that is missing', 'r := 1 if { _x := {listed(names)}[["a", "b"]] }', 'order!'],
  ['walked', 'r := 1 if [[0], "a"] in {[p, v] | walk(listed(names), [p, v])}', 'order!'],
  ['one array out of many', 'r := [x | some x in {["a"], ["b"]}][0][0]', 'order!'],
  ['what one object of many holds', 'r := {y | some y in [x | some x in {["a"], ["b"]}][0]}', 'order!'],
  [
    'how much one array of many holds',
    'r := count([1 | some _y in [x | some x in {["a"], [1, 2]}][0]])',
    'order!',
  ],
  ['one of the data', 'r := data.roles[listed({"admin", "guest"})[0]].x', 'order!'],
  ['arrays in an object, counted', 'r := count({"k": listed(names)}.k)', ''],
  ['objects with arrays for values', 'r := {x: count(listed(names)) | some x in names}', ''],
  ['a number for a key', 'r := data.ports[8080]', 'integer_key!'],
  ['an input for a key, which may be a number', 'r := data.ports[input.port]', 'integer_key'],
  ['a text for a key', 'r := data.ports["8080"]', ''],
  [
    'a number for a key, where other data are replaced',
    'r if {\n\tx := by_name with data.roles as 1\n\tx.a\n\tnot data.ports[input.port]\n}',
    'integer_key',
  ],
  [
    'a number for a key, in an else',
    'r := 1 if { 1 < input.n } else := data.ports[input.port]',
    'integer_key',
  ],
  [
    'a number for a key, in another definition of a set',
    'r contains e if some e in []\n\nr contains data.ports[input.port]',
    'integer_key',
  ],
  ['a number for an index', 'r := data.list[0]', ''],
  ['a text for an index', 'r := data.list["0"]', 'integer_key!'],
  ['an input for an index, which may be a text', 'r := data.list[input.i]', 'integer_key'],
  ['a text that is no index', 'r := data.list["a"]', ''],
  ['an input for a key where no key is a number', 'r := data.roles[input.role]', ''],
  ['keys that are objects', 'r := x if some {"k": x}, "v" in {{"k": 100}: "v"}', ''],
  ['a pattern of paths, which the host answers', 'r if glob.match("a:*", [":"], input.path)', ''],
  ['formatted integers, which the host answers', 'r := format_int(input.n, 10)', ''],
];

const HELPERS = [
  'names contains x if some x in {"a", "b"}',
  'by_name[x] := 1 if some x in names',
  'first(xs) := xs[0]',
  'listed(xs) := [x | some x in xs]',
  'is_a(xs) := 1 if xs[0] == "a"',
  'first_is_a := 1 if listed(names)[0] == "a"',
  'numbered[i] := 1 if some i, "a" in listed(names)',
];

const DATA = { roles: { admin: 1, guest: 2 }, list: ['x', 'y'], ports: { 8080: 'http' } };

test('where a module can answer otherwise than OPA is found in its plan', async () => {
  const files = RULES.map(([, rule], i) => `package p${i}\n\n${[rule, ...HELPERS].join('\n\n')}\n`);
  const rego = files.map((text, i) => ({ path: `p${i}.rego`, file: `p${i}.rego`, bytes: Buffer.from(text) }));
  const sources = { rego, tests: [], data: [], vectors: [], manifest: undefined };
  const { plan } = await compilePolicies(
    sources,
    RULES.map((_, i) => `p${i}/r`),
  );
  const findings = listFindings(plan, DATA);
  const found = RULES.map(([what], i) => {
    const rows = findings.filter(({ entrypoint }) => entrypoint === `p${i}/r`);
    const kinds = new Set(rows.map(({ kind, certain }) => `${kind}${certain ? '!' : ''}`));
    return [what, [...kinds].join(' ')];
  });
  assert.deepEqual(
    found,
    RULES.map(([what, , expected]) => [what, expected]),
  );
  const first = findings.find(({ entrypoint }) => entrypoint === 'p0/r');
  assert.equal(first?.place, 'p0.rego:3:11');
  assert.match(first.message, /goes through a set$/);
});
