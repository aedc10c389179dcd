import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { PortcullisError } from '../../errors.ts';
import { canonicalJson } from '../../json/canonical.ts';
import { parseJson } from '../../json/parse.ts';
import { ExactNumber, type RegoValue } from '../value.ts';
import { jsonText } from './json-text.ts';
import { dot, lengthOf } from './lookup.ts';
import { readDocument } from './read-document.ts';
import { upsert } from './upsert.ts';

const read = (text: string): RegoValue => readDocument(Buffer.from(text), 100);

test('a document is read without loss and written with its keys in order', () => {
  for (const text of [
    '{"b":1.0,"a":[1e3,-0,12345678901234567890],"é":"\u{1f600}"}',
    '{"__proto__":{"x":1},"10":1,"9":2}',
    '"\\ud800 x"',
    '[]',
    'null',
    '1.0',
    ' -0 ',
    '[1234567890123456]',
    '[1,-12345678901234567890]',
    '{"a": 1e2}',
    '[\n0.10]',
    '["10.0", "-0", " 1.0"]',
  ]) {
    assert.equal(jsonText(read(text)), canonicalJson(parseJson(text)), text);
  }
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value).toWellFormed();
      assert.deepEqual(JSON.parse(jsonText(read(text))), JSON.parse(JSON.stringify(parseJson(text))));
    }),
  );
});

test('a key is what its own text says, whatever key an earlier document had', () => {
  for (let round = 0; round < 5; round++) {
    for (const earlier of ['{"s\\\\":1}', '{"x":1,"s\\\\":1}']) read(earlier);
    assert.deepEqual(read('{"s\\u0022":1}'), new Map([['s"', 1]]));
    for (const earlier of ['{"s\\\\":1}', '{"x":1,"s\\\\":1}']) JSON.parse(earlier);
    const rows = read('[{"x":1,"s\\"":true},{"x":1,"s\\"":true}]');
    assert.equal(jsonText(rows), '[{"s\\"":true,"x":1},{"s\\"":true,"x":1}]');
  }
});

test('what is no JSON is refused', () => {
  for (const text of ['{', '{"a":1}x', '', '{"a":1.0,"a":2}']) {
    assert.throws(() => read(text), PortcullisError, text);
  }
});

test('sets are written as sorted arrays, and keys that are no strings by their JSON', () => {
  const value = new Map<RegoValue, RegoValue>([
    [10, new Set<RegoValue>(['b', 'a', new ExactNumber('1.0'), 1])],
    ['1', true],
    [[2, new Set([3])], null],
  ]);
  assert.equal(jsonText(value), '{"1":true,"10":[1.0,"a","b"],"[2,[3]]":null}');
  const alike = new Map<RegoValue, RegoValue>([
    ['1', 'b'],
    [1, 'a'],
    [new Set([1, 2]), 'd'],
    [[1, 2], 'c'],
  ]);
  assert.equal(jsonText(alike), '{"1":"b","[1,2]":"d"}');
});

const document = read('{"object":{"1":"one","k":{"x":1}},"list":["a","b"],"text":"é"}') as Map<
  string,
  RegoValue
>;
const object = document.get('object')!;
const list = document.get('list')!;

const lookups: [
  what: string,
  source: RegoValue,
  key: RegoValue,
  inData: boolean,
  found: RegoValue | undefined,
][] = [
  ['an index', list, 1, false, 'b'],
  ['an index with a fraction of zeros', list, new ExactNumber('1.0'), false, 'b'],
  ['an index with an exponent', list, new ExactNumber('1e0'), false, undefined],
  ['a negative index', list, -1, false, undefined],
  ['an index beyond', list, 2, false, undefined],
  ['an index as text', list, '1', false, undefined],
  ['an index as text in the data', list, '1', true, 'b'],
  ['an index as text with zeros and a sign in the data', list, '+01.0', true, 'b'],
  ['an index of minus zero in the data', list, '-0', true, 'a'],
  ['a negative index as text in the data', list, '-1', true, undefined],
  ['an index as text with space in the data', list, ' 1', true, undefined],
  ['a property of arrays in the data', list, 'length', true, undefined],
  ['an integer for a string key', object, 1, false, undefined],
  ['an integer for a string key in the data', object, 1, true, 'one'],
  ['a number by its text in the data', object, new ExactNumber('1.0'), true, undefined],
  ['a key of a string', 'text', 0, true, undefined],
  ['an element of a set', new Set<RegoValue>([1]), new ExactNumber('1.0'), false, new ExactNumber('1.0')],
  ['no element of a set', new Set<RegoValue>([1]), '1', true, undefined],
];
for (const [what, source, key, inData, found] of lookups) {
  test(`looks up ${what}`, () => assert.deepEqual(dot(source, key, inData), found));
}

test('lengths', () => {
  const values = [
    [1],
    new Map([['a', 1]]),
    new Set<RegoValue>([1, new ExactNumber('1.0')]),
    'é',
    7,
    null,
    undefined,
  ];
  assert.deepEqual(values.map(lengthOf), [1, 1, 1, 2, 0, 0, 0]);
});

test('a value is put at a path, and the document stays as it was', () => {
  const before = jsonText(document);
  assert.equal(
    jsonText(upsert(document, ['object', 'k', 'y'], 2)),
    '{"list":["a","b"],"object":{"1":"one","k":{"x":1,"y":2}},"text":"é"}',
  );
  assert.equal(jsonText(upsert(document, ['list', '0'], 2)).slice(0, 18), '{"list":{"0":2},"o');
  assert.equal(jsonText(upsert([1], ['a', 'b'], 2)), '{"a":{"b":2}}');
  assert.equal(jsonText(upsert(undefined, ['a'], null)), '{"a":null}');
  assert.equal(jsonText(document), before);
});
