import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../../../test/support/builtin-context.ts';
import type { RegoValue } from '../value.ts';

/** Documents, graphs and patches that would multiply work or memory return, or are refused. */

const operation = (fields: Record<string, RegoValue>): RegoValue => new Map(Object.entries(fields));

const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** Each of 40 layers leads to both nodes of the next. */
const layers = new Map<RegoValue, RegoValue>(
  many(40, (i) => i).flatMap((i): [RegoValue, RegoValue][] =>
    ['a', 'b'].map((side) => [`${side}${i}`, [`a${i + 1}`, `b${i + 1}`]]),
  ),
);

const aliases = [
  'a: &a [x, x]',
  ...many(40, (i) => `b${i}: &b${i} [${i === 0 ? '*a, *a' : `*b${i - 1}, *b${i - 1}`}]`),
].join('\n');

const merges = [
  'a: &a {x: 1}',
  ...many(40, (i) => `b${i}: &b${i}\n  <<: [${i === 0 ? '*a, *a' : `*b${i - 1}, *b${i - 1}`}]`),
].join('\n');

let deep: RegoValue = 1;
for (let i = 0; i < 500; i++) deep = [deep, 1];

const table: [what: string, name: string, args: RegoValue[]][] = [
  ['paths of a graph', 'graph.reachable_paths', [layers, ['a0']]],
  [
    'a document copied into itself',
    'json.patch',
    [
      new Map([['a', 'x'.repeat(1_000)]]),
      many(60, (i) => operation({ op: 'copy', from: '', path: `/n${i}` })),
    ],
  ],
  [
    'a long prefix',
    'json.marshal_with_options',
    [many(1_000, () => 1), operation({ prefix: 'x'.repeat(100_000) })],
  ],
  ['a long indent', 'json.marshal_with_options', [deep, operation({ indent: 'x'.repeat(1_000_000) })]],
  ['aliases of aliases', 'yaml.unmarshal', [aliases]],
  ['merges of merges', 'yaml.unmarshal', [merges]],
  ['an anchor that holds itself', 'yaml.unmarshal', ['&a [*a]']],
  ['sequences in sequences', 'yaml.is_valid', ['- '.repeat(20_000)]],
];

for (const [what, name, args] of table) {
  test(`${name}: ${what}`, { timeout: 60_000 }, () => {
    const outcome = outcomeOf(name, args) as { error: string; halt: boolean };
    assert.equal(typeof outcome.error, 'string');
    assert.equal(outcome.halt, false);
  });
}

test('the whole document may be replaced, but not removed', () => {
  const replaced = [
    operation({ op: 'replace', path: '', value: new Map() }),
    operation({ op: 'add', path: '/a', value: 1 }),
  ];
  assert.deepEqual(outcomeOf('json.patch', [new Map(), replaced]), new Map([['a', 1]]));
  assert.deepEqual(outcomeOf('json.patch', [1, [operation({ op: 'remove', path: '' })]]), {
    error: 'the document has been removed',
    halt: false,
  });
});

test('versions that differ beyond 64 bits are equal', () => {
  assert.equal(outcomeOf('semver.compare', ['1.0.0-99999999999999999999', '1.0.0-9223372036854775807']), 0);
});

test('casts', () => {
  assert.deepEqual(outcomeOf('cast_array', [new Set<RegoValue>([2, 1, 'a'])]), [1, 2, 'a']);
  assert.deepEqual(outcomeOf('cast_set', [[1, 1]]), new Set([1]));
  assert.deepEqual(outcomeOf('cast_string', [1]), {
    error: 'operand 1 must be string but got number',
    halt: false,
  });
});
