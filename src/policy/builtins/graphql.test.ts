import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../../../test/support/builtin-context.ts';
import type { RegoValue } from '../value.ts';

/** What the comparison with OPA does not show: errors, limits, and what OPA crashes on. */

const SCHEMA = 'type Query { a: Query b(x: I): Int s: String } input I { a: I l: [Int] }';
const object = (members: Record<string, RegoValue>): RegoValue => new Map(Object.entries(members));
const many = (count: number, piece: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => piece(i)).join(' ');
const fragments = (count: number, body: (next: string) => string): string =>
  `${many(count, (i) => `fragment F${i} on Query { ${body(`...F${i + 1}`)} }`)} fragment F${count} on Query { s }`;

test('errors say where', () => {
  const table: [name: string, args: RegoValue[], error: string][] = [
    ['graphql.parse_query', ['{ a'], 'Expected Name, found <EOF> in GraphQL string at location 1:4'],
    [
      'graphql.parse_query',
      ['# 😀\r\n{ "😀" }'],
      'Expected Name, found String in GraphQL string at location 2:3',
    ],
    ['graphql.parse_query', [1], 'operand 1 must be string but got number'],
    ['graphql.parse_schema', ['type'], 'Expected Name, found <EOF> in GraphQL string at location 1:5'],
    [
      'graphql.parse',
      ['{\n nope }', SCHEMA],
      'Cannot query field "nope" on type "Query" in GraphQL string at location 2:2',
    ],
    [
      'graphql.parse',
      ['{ s }', 'type T { a: Nope }'],
      'Undefined type Nope in GraphQL string at location 1:13',
    ],
    ['graphql.parse', ['{ s }', 1], 'operand 2 must be one of {string, object} but got number'],
  ];
  for (const [name, args, error] of table) assert.deepEqual(outcomeOf(name, args), { error, halt: false });
});

test('what is neither text nor object is not valid', () => {
  for (const value of [1, null, true, ['{ s }'], new Set(['{ s }'])] as RegoValue[]) {
    assert.equal(outcomeOf('graphql.is_valid', [value, SCHEMA]), false);
    assert.equal(outcomeOf('graphql.is_valid', ['{ s }', value]), false);
    assert.equal(outcomeOf('graphql.schema_is_valid', [value]), false);
    const answer = [false, new Map(), new Map()];
    assert.deepEqual(outcomeOf('graphql.parse_and_verify', [value, SCHEMA]), answer);
    assert.deepEqual(outcomeOf('graphql.parse_and_verify', ['{ s }', value]), answer);
  }
});

test('beyond a limit no builtin answers, not even false', { timeout: 60_000 }, () => {
  const table: [query: string, error: RegExp][] = [
    [`{${'s '.repeat(250_000)}}`, /more than 250000 tokens/],
    ['{a'.repeat(100_000), /more than 200 levels/],
    [`{b(x:${'['.repeat(100_000)}`, /more than 200 levels/],
    [`query($x: ${'['.repeat(100_000)}`, /more than 200 levels/],
    [`{${'s '.repeat(10_000)}}`, /more than 1000000 steps/],
    [`{...F0} ${fragments(20_000, (next) => next)}`, /more than 500 levels/],
    [
      `{...F0} ${fragments(40, (next) => `a{a{${next}} ${next}} a{a{${next}} ${next}}`)}`,
      /more than 1000000 steps/,
    ],
  ];
  for (const [query, error] of table) {
    for (const name of ['graphql.is_valid', 'graphql.parse_and_verify']) {
      assert.match((outcomeOf(name, [query, SCHEMA]) as { error: string }).error, error);
    }
  }
  const chain = `${many(5_000, (i) => `input I${i} { a: I${i + 1}! }`)} input I5000 { a: Int }`;
  const ancestors = many(
    300,
    (i) =>
      `interface Z${i} ${i === 0 ? '' : 'implements '}${Array.from({ length: i }, (_, j) => `Z${j}`).join('&')} { a: Int }`,
  );
  for (const schema of [chain, ancestors]) {
    assert.match((outcomeOf('graphql.schema_is_valid', [schema]) as { error: string }).error, /more than/);
  }
  let nested: RegoValue = new Map();
  for (let i = 0; i < 480; i++) nested = object({ SelectionSet: [nested], Definition: 1 });
  const doubling = object({ Operations: [object({ SelectionSet: [nested] })] });
  assert.match((outcomeOf('graphql.is_valid', [doubling, SCHEMA]) as { error: string }).error, /steps/);
});

test('numbers of objects are read in linear time', { timeout: 60_000 }, () => {
  for (const [Kind, Raw] of [
    [1, `${'0'.repeat(500_000)}x`],
    [1, '9'.repeat(500_000)],
    [2, `${'1'.repeat(500_000)}x`],
    [2, `${'1_'.repeat(250_000)}x`],
    [2, `1.${'1'.repeat(500_000)}e`],
  ] as const) {
    const value = object({ Kind, Raw });
    const field = object({ Alias: 'b', Name: 'b', Arguments: [object({ Name: 'y', Value: value })] });
    const query = object({ Operations: [object({ Operation: 'query', SelectionSet: [field] })] });
    assert.equal(outcomeOf('graphql.is_valid', [query, 'type Query { b(y: Float): Int }']), false);
  }
});

test('what is large but plain is answered', { timeout: 60_000 }, () => {
  const aliases = `{${many(40_000, (i) => `x${i}:a{s}`)}}`;
  assert.equal(outcomeOf('graphql.is_valid', [aliases, SCHEMA]), true);
  assert.equal(outcomeOf('graphql.is_valid', [`${'{a'.repeat(199)}{s}${'}'.repeat(199)}`, SCHEMA]), true);
  assert.equal(
    outcomeOf('graphql.is_valid', [`{...F0} ${fragments(200, (next) => `a{${next}}`)}`, SCHEMA]),
    true,
  );
  assert.equal(outcomeOf('graphql.is_valid', [`{b(x:{l:[${'1 '.repeat(100_000)}]})}`, SCHEMA]), true);
  const types = many(3_000, (i) => `type T${i} implements N { id: ID! a: T${(i + 1) % 3_000} }`);
  const schema = `interface N { id: ID! } type Query { n: N } ${types}`;
  assert.equal(outcomeOf('graphql.is_valid', ['{ n { id ... on T7 { a { id } } } }', schema]), true);
});

test('circles of fragments are not valid, whatever they hold', () => {
  const query =
    '{ a { ...F } } fragment F on Query { a { ...G a { ...F } } } fragment G on Query { a { ...F } ...F }';
  assert.equal(outcomeOf('graphql.is_valid', [query, SCHEMA]), false);
});

test('objects without the nodes that parsing always makes are not valid', () => {
  const field = object({ Alias: 'b', Name: 'b', Arguments: [object({ Name: 'x' })] });
  const query = object({ Operations: [object({ Operation: 'query', SelectionSet: [field] })] });
  assert.equal(outcomeOf('graphql.is_valid', [query, SCHEMA]), false);
  const type = object({ Kind: 'OBJECT', Name: 'T', Fields: [object({ Name: 'a' })] });
  assert.equal(outcomeOf('graphql.schema_is_valid', [object({ Definitions: [type] })]), false);
  const twice = object({ Operations: [], operations: [] });
  assert.match((outcomeOf('graphql.is_valid', [twice, SCHEMA]) as { error: string }).error, /two members/);
});
