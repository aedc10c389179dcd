/** Policies over one shape of input (see `inputs`), using only builtins that every judge has. */
import * as fc from 'fast-check';

interface OraclePolicy {
  readonly name: string;
  /** The body of the package; the answer is the rule `answer`. */
  readonly rego: string;
  /** The answer holds sets: compare without regard to order, which OPA sorts and its module does not. */
  readonly sets?: boolean;
}

export const POLICIES: readonly OraclePolicy[] = [
  {
    name: 'rbac',
    rego: `default answer := false
answer if {
  some role in data.users[input.user].roles
  some grant in data.grants[role]
  grant.action == input.action
  grant.kind in {input.kind, "*"}
}`,
  },
  { name: 'owner', rego: 'answer if { input.user == input.resource.owner; input.user != "" }' },
  {
    name: 'reason',
    rego: `answer := {"allowed": count(reasons) == 0, "reasons": sort(reasons)}
reasons contains "no user" if not input.user
reasons contains "no action" if not input.action
reasons contains concat(" ", ["unknown", input.user]) if not data.users[input.user]`,
  },
  { name: 'sets', sets: true, rego: 'answer := {role | some role in input.roles} - {"guest"}' },
  {
    name: 'union',
    sets: true,
    rego: 'answer := {"all": {r | some r in input.roles} | data.known, "both": {r | some r in input.roles} & data.known}',
  },
  {
    name: 'chained',
    rego: `answer := "low" if input.n < 3
else := "middle" if input.n < 6
else := "high"`,
  },
  { name: 'numbers', rego: 'answer := [m | some n in input.list; n > 1; round(n) == n; m := n * 2]' },
  {
    name: 'aggregates',
    rego: 'answer := {"sum": sum(input.list), "count": count(input.list), "max": max(input.list), "min": min(input.list), "product": product(input.list)}',
  },
  {
    name: 'divide',
    rego: 'answer := {"quotient": input.n / 4, "rest": input.list[0] % 3, "floor": floor(input.n / 3), "abs": abs(input.n - 5)}',
  },
  {
    name: 'all_roles',
    rego: `answer if {
  every role in input.roles { data.grants[role] }
  count(input.roles) > 0
}`,
  },
  {
    name: 'strings',
    rego: 'answer := {"upper": upper(input.text), "parts": split(input.text, "a"), "trim": trim(input.text, " a"), "at": indexof(input.text, "b"), "cut": substring(input.text, 1, 3), "back": strings.reverse(input.text), "other": replace(input.text, "b", "é")}',
  },
  {
    name: 'path',
    rego: `default answer := false
answer if { ["api", _, "items", id] = split(trim_prefix(input.path, "/"), "/"); id != "" }
answer if startswith(input.path, "/public/")`,
  },
  {
    name: 'regex',
    rego: 'answer := {"matches": regex.match("^[a-c]+(é|b)?$", input.text), "all": regex.find_all_string_submatch_n("(a)(b)?", input.text, -1)}',
  },
  {
    name: 'glob',
    rego: 'answer := [p | some p in ["/api/*", "/api/**", "/{public,api}/*/items/?"]; glob.match(p, ["/"], input.path)]',
  },
  {
    name: 'objects',
    rego: 'answer := {"get": object.get(input.resource, ["labels", "a"], "none"), "keys": count(object.keys(input.resource)), "without": object.remove(input.resource, ["owner"]), "with": object.union(input.resource, {"labels": {"z": 1}}), "only": object.filter(input.resource, {"owner", "labels"})}',
  },
  {
    name: 'walk',
    sets: true,
    rego: 'answer := {path | [path, value] := walk(input.resource); is_string(value)}',
  },
  { name: 'types', rego: 'answer := {k: type_name(v) | some k, v in input}' },
  {
    name: 'encoding',
    rego: 'answer := {"b64": base64.encode(input.text), "url": base64url.encode(input.text), "back": base64.decode(base64.encode(concat("", ["x", input.text]))), "json": json.unmarshal(json.marshal(input.resource)), "ok": json.is_valid(json.marshal(input.text))}',
  },
  {
    name: 'cidr',
    rego: 'answer := [c | some c in ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"]; net.cidr_contains(c, input.ip)]',
  },
  {
    name: 'bits',
    rego: 'answer := [bits.or(input.list[0], 8), bits.and(input.list[0], 6), bits.xor(input.list[0], 3), bits.lsh(input.list[0], 2), bits.rsh(input.list[0], 1)]',
  },
  {
    name: 'conflict',
    rego: `answer := "a" if "admin" in input.roles
answer := "b" if input.action == "write"`,
  },
  {
    name: 'overrides',
    rego: `answer := [inner, replaced]
inner := input.user
default replaced := "none"
replaced := x if { x := inner_of with input.user as "carol" }
inner_of := concat("-", [input.user, input.action])`,
  },
  {
    name: 'partial',
    rego: `answer := by_kind
by_kind[kind] contains action if { some g in data.grants[_]; kind := g.kind; action := g.action; kind == input.kind }`,
    sets: true,
  },
  {
    name: 'compare',
    rego: 'answer := [input.user < input.action, input.roles == ["admin"], input.n >= 2, input.resource != {}, input.list <= [1, 2], null < input.text]',
  },
  { name: 'echo', rego: 'answer := input' },
  { name: 'negation', rego: 'answer if { not input.resource.labels.a; not input.blocked }' },
  { name: 'graph', sets: true, rego: 'answer := graph.reachable(data.graph, {input.user})' },
  {
    name: 'patch',
    rego: 'answer := [array.concat(input.roles, ["x"]), array.slice(input.list, 1, 3), array.reverse(input.list), numbers.range(1, 4), format_int(input.n, 2), to_number(format_int(input.n, 10)), json.remove(input, ["resource/owner"]), json.filter(input, ["resource/labels", "user"])]',
  },
];

export const DATA: Readonly<Record<string, unknown>> = {
  users: { alice: { roles: ['admin', 'editor'] }, bob: { roles: ['guest'] } },
  grants: {
    admin: [{ action: 'write', kind: '*' }],
    editor: [{ action: 'read', kind: 'doc' }],
    guest: [{ action: 'read', kind: 'page' }],
  },
  known: ['admin', 'guest'],
  graph: { alice: ['bob', 'carol'], bob: [], carol: ['alice'] },
};

/** `data.known` is an array in JSON; policies that need a set read it through this. */
export const REGO: readonly string[] = POLICIES.map(
  ({ name, rego }) =>
    `package oracle.${name}\n${rego.replaceAll('data.known', '{k | some k in data.known}')}\n`,
);

export const ENTRYPOINTS: readonly string[] = POLICIES.map(({ name }) => `oracle/${name}/answer`);

const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '😀', '\\', '"', '\n', '0'),
  maxLength: 8,
});
const user = fc.constantFrom('alice', 'bob', 'carol', '');
const role = fc.constantFrom('admin', 'editor', 'guest', 'nobody');

const document = fc.record(
  {
    user,
    action: fc.constantFrom('read', 'write'),
    kind: fc.constantFrom('doc', 'page', '*'),
    roles: fc.array(role, { maxLength: 3 }),
    n: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(2.5, 7.25)),
    list: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 }),
    text,
    path: fc.constantFrom('/api/7/items/3', '/api/x', '/public/a', '/public/a/items/b', '', 'api/1/items/'),
    ip: fc.constantFrom('10.1.2.3', '10.9.0.1', '2001:db8::1', '192.168.0.1'),
    resource: fc.record(
      { owner: user, labels: fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'é'), text) },
      { requiredKeys: [] },
    ),
    blocked: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** Inputs as JSON text: mostly documents of the right shape, sometimes any JSON at all. */
export const inputs: fc.Arbitrary<string> = fc.oneof(
  { weight: 9, arbitrary: document.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.jsonValue({ depthSize: 'small' }).map((value) => JSON.stringify(value)) },
);
