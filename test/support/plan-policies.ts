/** Policies that together reach every statement of a plan, all over one input and one data. */
export const INPUT: Readonly<Record<string, unknown>> = {
  pair: [1, 'two'],
  object: { x: 7, y: 8 },
  one: 1,
  key: 'b',
  roles: ['reader', 'writer', 'reader'],
  nested: { a: { b: 1 }, list: [1, 2, 3] },
  empty: {},
  no: null,
  off: false,
};

/** Text, so that numbers stay as they are written. */
export const DATA = `{
  "numbers": {"1": "by one", "2": {"b": 2}, "1.0": "by text"},
  "list": ["zero", "one", "two"],
  "users": {"bob": {"roles": ["reader"]}, "al": {"roles": ["writer", "reader"]}},
  "exact": {"big": 12345678901234567890, "long": 1.10, "e": 1e2},
  "merged": {"base": {"a": 1, "b": {"c": 2}}, "plain": [1]},
  "dynamic": {"base": {"c": "from data"}}
}`;

interface PlanPolicy {
  readonly name: string;
  /** The body of a package, which is called PACKAGE in it; the answer is the rule `answer`. */
  readonly rego: string;
  /** The module answers otherwise: it has another order, or other numbers. */
  readonly unlikeModule?: true;
}

export const POLICIES: readonly PlanPolicy[] = [
  {
    name: 'a set is gone through in order',
    rego: 'answer := [x | some x in {"b", "c", "a"}][0]',
    unlikeModule: true,
  },
  {
    name: 'values of all types in order',
    rego: 'answer := [x | some x in {[2], "b", null, {"k": 1}, true, {2}, 1.5, -3, "", false, [1, 1], {}, 10}]',
    unlikeModule: true,
  },
  {
    name: 'an object is gone through in the order of its keys',
    rego: 'answer := [[k, v] | some k, v in {"b": 1, "a": 2, 3: 4, [1]: 5, null: 6}]',
    unlikeModule: true,
  },
  { name: 'the input in order', rego: 'answer := [k | some k, _ in input]', unlikeModule: true },
  { name: 'a pattern of an array', rego: 'answer := [b, a] if [a, b] = input.pair' },
  { name: 'a pattern of another length', rego: 'answer := a if [a] = input.pair' },
  { name: 'a pattern of an object', rego: 'answer := y if {"x": 7, "y": y} = input.object' },
  { name: 'a pattern of an object with other keys', rego: 'answer := y if {"y": y} = input.object' },
  {
    name: 'nested patterns',
    rego: 'answer := [a, b] if [a, {"k": [b, 3]}] = [input.one, {"k": [2, input.nested.list[2]]}]',
  },
  { name: 'every of an array', rego: 'answer if every r in input.roles { r in {"reader", "writer"} }' },
  { name: 'every of an object', rego: 'answer if every k, v in input.object { v > 6; k != "z" }' },
  { name: 'every of a set that fails', rego: 'answer if every x in {1, 2, 3} { x < 3 }' },
  { name: 'every of nothing', rego: 'answer if every x in input.empty { x == 1 }' },
  { name: 'every of no collection', rego: 'answer if every x in input.one { x == 1 }' },
  {
    name: 'not',
    rego: 'answer := [not_missing, not_there]\nnot_missing if not input.missing\ndefault not_there := false\nnot_there if not input.one',
  },
  {
    name: 'not of a null and a false',
    rego: 'answer := {"null": a, "false": b}\ndefault a := 0\na := 1 if not input.no\ndefault b := 0\nb := 1 if not input.off',
  },
  { name: 'a conjunction inside not', rego: 'answer if not both(input.one)\nboth(x) if { x > 0; x > 5 }' },
  { name: 'false ends a body', rego: 'answer := 1 if { false }\nanswer := 2 if { not false }' },
  {
    name: 'else',
    rego: 'answer := "a" if input.one == 2\nelse := "b" if input.one != 1\nelse := "c" if input.key',
  },
  { name: 'default', rego: 'default answer := "none"\nanswer := "some" if input.nothing' },
  {
    name: 'a function of several clauses',
    rego: 'answer := [f(1), f(2), f("x")]\nf(1) := "one"\nf(2) := "two"\nf(x) := x if is_string(x)',
  },
  { name: 'a function without a value', rego: 'answer := f(3)\nf(1) := "one"' },
  { name: 'rules that agree', rego: 'answer := 1 if input.one\nanswer := 1.0 if input.key' },
  {
    name: 'null, strings and booleans',
    rego: 'answer := {"n": null, "t": true, "f": false, "s": "", "l": [], "o": {}, "e": set()}',
  },
  {
    name: 'numbers by their text',
    rego: 'answer := [1.0, 1e3, 12345678901234567890, -0.5, 1.50, data.exact]',
  },
  { name: 'numbers beyond 64 bits', rego: 'answer := 99999999999999999999 + 1' },
  {
    name: '1 and 1.0 are one key',
    rego: 'answer := [{1: "x"}[1.0], {[1]: "y"}[[1.0]], {1.0: "z"}[1], count({1.0, 1, 2 - 1}), {"a"}["a"], {[1.0]}[[1]]]',
  },
  { name: 'no key of another type', rego: 'answer := {"1": "x"}[input.one]' },
  {
    name: 'an index that is none',
    rego: 'answer := {x | some i in [-1, 3, 1.5, "0", null, 1, 2.0]; x := input.nested.list[i]}',
    unlikeModule: true,
  },
  { name: 'a field of a scalar', rego: 'answer := input.one.field' },
  { name: 'an object comprehension', rego: 'answer := {u: count(d.roles) | some u, d in data.users}' },
  { name: 'a set comprehension', rego: 'answer := {r | some r in input.roles}' },
  {
    name: 'a partial set',
    rego: 'answer contains r if some r in input.roles\nanswer contains 3',
    unlikeModule: true,
  },
  { name: 'a partial object', rego: 'answer[k] := v if some k, v in input.object\nanswer.z := 9' },
  {
    name: 'rules with variables in their heads',
    rego: 'answer[u].roles[r] := true if { some u, d in data.users; some r in d.roles }\nanswer[u].name := u if some u, _ in data.users',
  },
  {
    name: 'sets below variables',
    rego: 'answer[r] contains u if { some u, d in data.users; some r in d.roles }',
    unlikeModule: true,
  },
  {
    name: 'with a part of the input',
    rego: 'answer := [r, s, t, q] if {\nr := q with input.one as 2\ns := q with input.new.deep as 3\nt := q with input as "x"\n}\nq := input',
  },
  {
    name: 'with below what is no object',
    rego: 'answer := [r, s] if {\nr := q with input.one.x as 1\ns := q with input.nested.list.x as 2\n}\nq := [input.one, input.nested]',
  },
  {
    name: 'with in with',
    rego: 'answer := [r, p] if { r := p with input.one as 5 }\np := [input.one, r, input.one] if { r := q with input.one as 6 }\nq := input.one',
  },
  {
    name: 'with data',
    rego: 'answer := [r, s, p] if {\nr := p with data.users.eve as {"roles": []}\ns := p with data.users as {}\n}\np := {u | some u, _ in data.users}',
    unlikeModule: true,
  },
  {
    name: 'with a rule replaced',
    rego: 'answer := [r, p] if { r := p with data.PACKAGE.q as 7 }\np := q + 1\nq := 1',
  },
  {
    name: 'with a function replaced',
    rego: 'answer := [r, s, p] if {\nr := p with count as 7\ns := p with f as g\n}\np := [count([1]), f(2)]\nf(x) := x\ng(x) := x * 10',
  },
  {
    name: 'with undone inside a loop',
    rego: 'answer := {[x, y, z] | some x in [1, 2]; y := q with input.one as x; z := q}\nq := input.one',
    unlikeModule: true,
  },
  {
    name: 'with a value that is undefined',
    rego: 'answer := r if { r := q with input.one as input.missing }\nq := 1',
  },
  {
    name: 'rules found by a variable',
    rego: 'answer := [data.dynamic.rules[k].allow | some k in ["a", "b", "c", "d", "none"]]',
  },
  { name: 'a rule found by the input', rego: 'answer := data.dynamic.rules[input.key].allow' },
  { name: 'every package below a path', rego: 'answer := {k: v.allow | some k, v in data.dynamic.rules}' },
  { name: 'rules and data as one document', rego: 'answer := data.merged' },
  {
    name: 'rules and data of one key each',
    rego: 'answer := {k | some k; data.merged[k]}',
    unlikeModule: true,
  },
  {
    name: 'data by an integer key',
    rego: 'answer := [data.numbers[1], data.numbers["1"], data.numbers[2].b, data.list["1"], data.list[2]]',
    unlikeModule: true,
  },
  {
    name: 'data by an integer in a variable',
    rego: 'answer := [data.numbers[x], data.list[x]] if x := input.one',
    unlikeModule: true,
  },
  {
    name: 'data that is replaced, by an integer key',
    rego: 'answer := [x, y, z, u] if {\nx := p with data.numbers as {"1": 2, "2": {"3": 4}}\ny := p with data.list as [{"0": "x"}]\nz := p\nu := p with data.numbers["4"] as 5\n}\np := {"numbers": [a | a := data.numbers[1]], "list": [a | a := data.list["0"]], "in list": [a | a := data.list[_][0]], "deep": [a | a := data.numbers[_][3]]}',
    unlikeModule: true,
  },
  { name: 'part of the data by an integer', rego: 'answer := {"n": n}\nn := x[1] if x := data.numbers' },
  { name: 'all data below', rego: 'answer := [x | x := data.numbers[_]]', unlikeModule: true },
  { name: 'nothing', rego: 'answer := input.missing' },
  { name: 'a chain of undefined rules', rego: 'answer := a\na := b\nb := c\nc := input.missing' },
  {
    name: 'text beyond the basic plane',
    rego: 'answer := [x | some x in {"\u{1f600}", "\uffee", "z", "\ue000"}]',
    unlikeModule: true,
  },
  {
    name: 'keys that are no strings',
    rego: 'answer := {1: "n", [2]: "a", {3}: "s", null: "0", {"k": 1}: "o", 1.50: "d"}',
  },
];

/** Packages that the policies refer to. */
export const LIBRARY: readonly string[] = [
  'package dynamic.rules.a\nallow := "from a"',
  'package dynamic.rules.b\nallow := "from b" if input.key == "b"',
  'package dynamic.rules.d\nallow if input.missing',
  'package merged\nrule := 3',
  'package merged.base.b\nd := 4\nno if input.missing',
];

/** Policies in which values contradict each other. */
export const CONFLICTS: readonly string[] = [
  'answer := 1\nanswer := 2 if input.one',
  'answer := f(1)\nf(x) := x\nf(x) := x + 1 if x > 0',
  'answer := {"k": v | some v in [1, 2]}',
  'answer["k"] := v if some v in [1, 2]',
];
