/** GraphQL to compare with OPA: one row of each feature, and where gqlparser is more, or less, strict than the specification. */

/** A schema with every kind of type. */
export const SCHEMA = `
"the root" schema @link(url: "x") { query: Root mutation: Change subscription: Events }
directive @link(url: String!) on SCHEMA
directive @tag(name: String!, level: Int = 1) repeatable on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT | QUERY | VARIABLE_DEFINITION
directive @once on FIELD | FRAGMENT_DEFINITION
scalar Any @specifiedBy(url: "y")
enum Color { RED GREEN @deprecated(reason: "old") BLUE }
interface Node { id: ID! }
interface Named implements Node { id: ID! name(long: Boolean = false): String }
type User implements Named & Node { id: ID! name(long: Boolean = false, pad: Int): String! friends(first: Int! = 3, of: [ID!]): [User!]! pet: Pet best: Found }
type Cat implements Node { id: ID! lives: Int! color: Color owner: User }
type Dog { id: ID! barks: Boolean color: Color! owner: User }
union Pet = Cat | Dog
union Found = User | Cat
input Filter { text: String = "a" limit: Int! = 5 colors: [Color!] sub: Filter any: Any }
input Exactly @oneOf { id: ID name: String }
type Root { user(id: ID!, filter: Filter): User users(filter: Filter, exactly: Exactly, grid: [[Int]]): [User] node(id: ID): Node found: [Found!] any(x: Any): Any color(c: Color, f: Float): Color }
type Change { set(x: Int): User }
type Events { a: Int b: Int }
extend type Root { more: Int }
extend union Pet @tagged
directive @tagged on UNION
`;

export const QUERIES: readonly string[] = `
{ more }
{ __typename more x: more }
query Q($id: ID!) @tag(name: "a") @tag(name: "b") { user(id: $id) { id name(long: true) } }
{ user(id: 1) { ...F } } fragment F on User { friends { id ...G } } fragment G on Node { id }
{ node { id ... on User { name } ... on Cat { lives } ... { id } ... @include(if: true) { id } } }
{ node { ... on Dog { id } } }
{ found { ... on Node { id } ... on Pet { __typename } } }
{ found { id } }
{ user(id: 1) { pet { ... on Cat { color } ... on Dog { color } } } }
{ user(id: 1) { pet { ... on Cat { c: lives } ... on Dog { c: barks } } } }
{ user(id: 1) { pet { ... on Cat { id } ... on Dog { id } } pet { ... on Cat { id: lives } } } }
{ user(id: 1) { id } user(id: 2) { id } }
{ user(id: 1, filter: {limit: 1, text: "a"}) { id } user(filter: {text: "a", limit: 1}, id: 1) { name } }
{ a: user(id: 1) { id } a: user(id: 1) { id: name } }
{ users(filter: {limit: 1, colors: RED}) { id } }
{ users(filter: {limit: 1, colors: [RED, GREEN]}) { id } }
{ users(filter: {colors: [PINK]}) { id } }
{ users(filter: {limit: null}) { id } }
{ users(filter: {limt: 1}) { id } }
{ users(filter: {limit: 1, limit: 2}) { id } }
{ users(filter: {sub: {sub: {text: 1}}}) { id } }
{ users(exactly: {id: 1}) { id } }
{ users(exactly: {id: 1, name: "x"}) { id } }
{ users(exactly: {id: null}) { id } }
{ users(exactly: {}) { id } }
query($x: ID) { users(exactly: {id: $x}) { id } }
query($x: ID!) { users(exactly: {id: $x}) { id } }
{ users(grid: [[1, 2], [3], 4, null]) { id } }
{ users(grid: [[[1]]]) { id } }
{ users(grid: 1) { id } }
{ any(x: {a: [1, "b", $c]}) }
{ any(x: 99999999999999999999) any2: any(x: 1e999) }
{ color(f: 9223372036854775807) }
{ color(f: 9223372036854775808) }
{ color(f: 1e308) }
{ color(f: 1e309) }
{ color(c: "RED") }
{ color(c: {}) }
{ color(f: {}) }
{ more(x: 1) }
{ user }
{ more { x } }
{ user(id: 1) {id} } { more }
query A { more } query A { more }
query A { more } query B { more }
query A { more } { more }
mutation { set(x: 2147483648) { id } }
mutation { set(x: "1") { id } }
mutation { set(x: true) { id } }
subscription { a }
subscription { a a }
subscription { a b }
subscription { a: b b }
subscription { __typename }
subscription { ...E } fragment E on Events { a b }
query($a: Int, $a: Int) { users(grid: [[$a]]) { id } }
query($a: Int) { more }
query($a: User) { any(x: $a) }
query($a: Nope) { any(x: $a) }
query($a: [Int!]) { users(grid: [$a]) { id } }
query($a: Int) { user(id: 1) { friends(first: $a) { id } } }
query($a: Int = 1) { user(id: 1) { friends(first: $a) { id } } }
query($a: Int = null) { user(id: 1) { friends(first: $a) { id } } }
query($a: ID) { user(id: $a) { id } }
query($a: ID = 1) { user(id: $a) { id } }
query($a: Int = "x") { users(grid: [[$a]]) { id } }
query($a: Any = 99999999999999999999) { any(x: $a) }
{ users(grid: [[$a]]) { id } }
query($a: Boolean! @tag(name: "v")) { more @include(if: $a) }
query($a: Boolean! @once) { more @include(if: $a) }
{ more @once @once }
{ more @nope }
{ more @tag }
{ more @tag(name: "a", name: "b") }
{ more @tag(name: "a", nope: 1) }
{ more @include(if: "true") }
{ more @tag(name: null) }
{ ...F } fragment F on Root @once { more }
{ ...F @once } fragment F on Root { more }
{ ...F } fragment F on Root { more ...F }
{ ...F } fragment F on Root { ...G } fragment G on Root { ...F }
{ ...F } fragment F on Root { more } fragment F on Root { more }
{ more } fragment F on Root { more }
{ more } fragment F on Root { more ...G } fragment G on Root { more }
{ ...F } fragment F on Nope { more }
{ ...F } fragment F on Color { more }
{ ...F } fragment F($x: Int = 1) on Root { more }
{ ... on Nope { more } ... on Color { x } }
{ ...Nope }
{ __schema { types { name fields { name type { name } } } } }
{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }
{ __type(name: "User") { name } }
{ __type { name } }
{ user(id: 1) { __schema { types { name } } } }
{ user(id: 1) { ... @defer(if: true, label: "x") { id } } }
fragment F on User { id }
query Q { }
{}
{ a(x: ) }
{ a() }
{ a: }
{ : a }
{ a b c, d ,,, e }
{ a(x: 1a) }
{ a(x: 01) b(x: -0) c(x: 1.50e+3) d(x: 1.) }
{ a(x: 01) }
{ a(x: 1.5.5) }
{ a(x: 1e5.5) }
{ a(x: -) }
{ a(x: .5) }
{ a(x: 1...b) }
{ a(x: "\\u00e9\\ud83d\\ude00\\n\\/") b(x: "😀 \u007f") }
{ a(x: "\\x") }
{ a(x: "\\u12") }
{ a(x: "open) }
{ a(x: "\\
{ a(x: """block \\""" "quoted" """") }
{ a(x: """""") b(x: """ """) }
{ a(x: """open"") }
{ a(x: 'single') }
{ a(x: true, y: null, z: RED, w: on) }
{ a(x: [1 2, 3], y: {a: 1 b: 2, c: {}}, z: []) }
{ a(x: [1) }
{ a(x: $y) @b(c: $d) }
{ ... "on" T { a } ... on { a } }
{ ... "on" T { a } }
{ ...on T { a } ...@d { a } ...on }
{ ... on }
query query { query } mutation mutation { fragment } subscription on { on: on }
query on($on: on) { a }
fragment on on T { a }
fragment "on" on T { a }
"query" { a }
query Q($x: [[Int!]!]! = [[1]] @d) { a }
query Q($x: Int = $y) { a }
query Q() { a }
query Q($x Int) { a }
type A { a: Int }
{ a } }
{ é }
{ a ? }
# only a comment
{ a # c1
{ a &b }
`
  .trim()
  .split('\n');

/** Of more than one line. */
export const TEXTS: readonly string[] = [
  '',
  ' \t\r\n,\ufeff',
  '\ufeff{ a }',
  '{ a(x: """\r\n   one\r    two\n  \n\t three\n  """) }',
  '{ a(x: """   first\n     second\n    third""") }',
  '{ a(x: """\u0000""") }',
  '{ a(x: "\u0001") }',
  '{ a(x: "line\nbreak") }',
  '{ a\u0007 }',
  '# op\n{ # f\n a( # arg\n x: # v\n $y, z: # l\n [ # e\n 1 # end\n], o: # o\n { # k\n k: # val\n "s"} ) # d\n @d( # da\n q: 1) # sel\n { # in\n b # x\n} # last\n # sp\n ... # fn\n F # inl\n ... # on\n on # t\n T { c } }\n# frag\nfragment # n\n F # on\n on # t\n T { c }\n# query\nquery # nm\n Q( # v\n $ # vn\n a # colon\n : # ty\n Int # eq\n = # d\n 1) { a }# eof',
  '#\n#a\u007f\t😀\r#b\n{a}',
];

export const SCHEMAS: readonly string[] = `
type Query { a: Int }
type A
type A { }
type A { a }
type A { a: Nope }
type A { __a: Int }
type __A { a: Int }
type A { a: Int a: Int }
type A { a: Int } type A { b: Int }
type A { a(b: A): Int }
type A { a(__b: Int): Int }
type A { a(b: Int b: Int): Int }
type A { a(): Int }
type A { a(b: Int = 1 c: [Int!]! = [1] @deprecated): [[A!]!]! @deprecated }
type A { a(b: Int = $x): Int }
type Int { a: Int }
scalar A scalar A
scalar Int
scalar A @specifiedBy(url: "x") extend scalar A @specifiedBy(url: "y")
extend scalar A
enum A { a b }
enum A { a a }
enum A { true }
enum A {}
enum A
union A = B | C type B { a: Int } type C { a: Int }
union A = | B type B { a: Int }
union A = B | B type B { a: Int }
union A = B scalar B
union A = Nope
union A
union A =
union A = B | type B { a: Int }
input A { a: Int = 1 b: [A!] c: A }
input A { a: A! }
input A { a: B! } input B { a: C! } input C { a: A! }
input A { a: [A!]! }
input A { a: T } type T { a: Int }
type T { a: I } input I { a: Int }
input A { a(b: Int): Int }
input A
interface I { a: Int } type T implements I { a: Int }
interface I { a: Int } type T implements & I { a: Int! }
interface I { a: Int } type T implements I { b: Int }
interface I { a: Int } type T implements I { a: String }
interface I { a: Int! } type T implements I { a: Int }
interface I { a: I } type T implements I { a: T }
interface I { a: [I] } type T implements I { a: [T!]! }
interface I { a: [I] } type T implements I { a: T }
interface I { a(b: Int): Int } type T implements I { a: Int }
interface I { a(b: Int): Int } type T implements I { a(b: Int!): Int }
interface I { a(b: Int!): Int } type T implements I { a(b: Int): Int }
interface I { a: Int } type T implements I { a(b: Int!): Int }
interface I { a: Int } type T implements I { a(b: Int! = 1, c: Int): Int }
interface I implements J { a: Int } interface J { a: Int } type T implements I { a: Int }
interface I implements J { a: Int } interface J { a: Int } type T implements J & I { a: Int }
interface I implements I { a: Int }
interface I implements J { a: Int } interface J implements I { a: Int }
interface I { u: U } type T implements I { u: B } union U = B type B { a: Int }
type T implements Nope { a: Int }
type T implements B { a: Int } type B { a: Int }
type T implements { a: Int }
type T "implements" I { a: Int } interface I { a: Int }
interface I
directive @d on FIELD
directive @d(a: Int = 1, b: [Int!]!) repeatable on | FIELD | QUERY
directive @d repeatable on FIELD directive @d on FIELD
directive @skip on FIELD
directive @skip(unless: Boolean!) on OBJECT type T @skip(unless: true) { a: Int }
directive @d on NOPE
directive @d on
directive @d
directive d on FIELD
directive @__d on FIELD
directive @d(a: Int @d) on ARGUMENT_DEFINITION
directive @d(a: Nope) on FIELD
directive @d on OBJECT type T @d { a: Int }
directive @d on OBJECT type T @d @d { a: Int }
directive @d on OBJECT type T @d { a: Int } extend type T @d
directive @d on FIELD_DEFINITION type T { a: Int @d @d }
directive @d on FIELD_DEFINITION type T @d { a: Int }
directive @d(a: Int!) on FIELD_DEFINITION type T { a: Int @d }
directive @d(a: Int!) on FIELD_DEFINITION type T { a: Int @d(a: null) }
directive @d(a: Int!) on FIELD_DEFINITION type T { a: Int @d(a: "x", b: 1) }
directive @d(a: Int!) on FIELD_DEFINITION type T { a: Int @d(a: "x") }
directive @d on ENUM_VALUE enum E { A @d @d }
directive @d on SCALAR enum E @d { A }
type T @nope { a: Int }
schema { query: A } type A { a: Int }
schema { query: A query: B } type A { a: Int } type B { a: Int }
schema { query: Nope }
schema { }
schema
schema { read: A } type A { a: Int }
schema { "query": A } type A { a: Int }
schema @deprecated { query: A } type A { a: Int }
schema { query: A } schema { mutation: A } type A { a: Int }
"text" schema { query: A } extend schema { mutation: A } type A { a: Int }
extend schema
extend schema @nope
extend schema { query: A } type A { a: Int }
extend type T { a: Int }
extend type T { a: Int } type T { b: Int }
extend type T { a: Int } type T { a: Int }
extend type T implements I { a: Int } interface I { a: Int }
extend type T
extend interface I implements J { a: Int }
extend interface I { a: Int }
extend input I @d(a: $x)
extend input I { a: Int }
extend input T { a: Int } type T { a: Int }
extend enum E { A }
extend enum E
extend union U = T type T { a: Int }
extend union U
extend type __Type { mine: Int }
extend type __Mine { mine: Int }
extend "type" T { a: Int }
extend nope
"a" extend type T { a: Int }
"" extend type T { a: Int }
"a" "b" type T { a: Int }
"a" type T { "b" a("c" x: Int): Int """d""" b: Int "" c: Int }
"a" enum E { "b" A "" B } "c" union U = T "d" input I { "e" a: Int } "f" directive @d("g" a: Int) on FIELD "h" scalar S
"a" query
type type { type: input } input input { input: Int } 
type T { a: Int } query Q { a }
type T { a: [Int }
type T { a: Int! ! }
type T { a: [[Int!]]! }
{ a }
type Mutation { a: Int } type Subscription { a: Int }
scalar Query
`
  .trim()
  .split('\n');
