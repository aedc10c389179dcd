import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { countedBytes } from '../../../test/support/counted-bytes.ts';
import { projectedText } from '../../../test/support/projected-text.ts';
import { jsonDocument, readTree } from '../../../test/support/projection-arbitraries.ts';
import { canonicalJson } from '../../json/canonical.ts';
import type { JsonObject, JsonValue } from '../../json/value.ts';
import { FULL, type ReadTree, SCALAR, WHOLE } from '../plan/footprint.ts';
import { dataDigester } from './data-digest.ts';

const digester = (data: JsonObject, over?: number): ((tree: ReadTree) => string) =>
  dataDigester(Buffer.from(canonicalJson(data)), over);
const dataDigest = (tree: ReadTree, data: JsonObject): string => digester(data)(tree);
const named = (children: Record<string, ReadTree>): ReadTree => ({
  reads: 0,
  children: new Map(Object.entries(children)),
});
const people = (count: number, role: string): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`person-${i}`, { role, tags: ['a', 'b'] }]));

test('digests are equal exactly for equal projections, however small the parts that are hashed by themselves', () => {
  const data = fc.dictionary(fc.constantFrom('a', 'b', '', '__proto__'), jsonDocument, { maxKeys: 3 });
  fc.assert(
    fc.property(readTree, data, data, fc.constantFrom(4, 16, 64), (tree, one, other, over) => {
      const [first, second] = [one, other].map((each) => digester(each as JsonObject, over)(tree));
      const same = projectedText(tree, one) === projectedText(tree, other);
      assert.equal(first === second, same);
      assert.match(first!, /^[0-9a-f]{64}$/);
    }),
    { numRuns: 3000 },
  );
});

test('large data has another digest for each small change that a tree sees, and none for others', () => {
  const data = (change: string, role = 'buyer'): JsonObject => ({
    people: { ...people(500, 'buyer'), 'person-250': { role, tags: ['a', 'b'] } },
    other: change,
  });
  const tree = named({ people: WHOLE });
  assert.equal(dataDigest(tree, data('x')), dataDigest(tree, data('y')));
  assert.notEqual(dataDigest(tree, data('x')), dataDigest(tree, data('x', 'admin')));
  assert.notEqual(dataDigest(WHOLE, data('x')), dataDigest(WHOLE, data('y')));
});

test('a text that looks like the digest of a part is none', () => {
  const digest = (value: JsonObject): string => digester(value, 8)(WHOLE);
  const texts = ['#', '#"', '"#', '#'.repeat(45), `#${'A'.repeat(43)}=`].map((text) => ({
    a: text,
    b: [text],
  }));
  assert.equal(new Set(texts.map(digest)).size, texts.length);
});

test('does not depend on the order of keys', () => {
  const one = people(300, 'buyer');
  const other = Object.fromEntries(Object.entries(one).reverse());
  assert.equal(dataDigest(WHOLE, one), dataDigest(WHOLE, other));
});

test('large parts that trees see in full have one digest, from whatever height', () => {
  const digest = digester({ large: people(500, 'buyer'), small: { x: 1 } });
  const trees = [
    named({ large: WHOLE }),
    named({ large: WHOLE, small: WHOLE }),
    named({ large: { reads: FULL | SCALAR } }),
    named({ large: { reads: 0, each: WHOLE } }),
    named({ large: { reads: 0, each: named({ role: WHOLE, tags: { reads: 0, each: WHOLE } }) } }),
  ];
  assert.deepEqual(trees.map(digest), trees.map(digest));
  // The last two show the same text, member by member.
  assert.equal(new Set(trees.map(digest)).size, 3);
});

test('what is longer than what is gathered', () => {
  const data = (name: string, text: string): JsonObject => ({ [name.repeat(70_000)]: { text, other: 1 } });
  const tree: ReadTree = { reads: 0, each: named({ text: WHOLE }) };
  const long = 'x'.repeat(100_000);
  assert.equal(dataDigest(tree, data('a', long)), dataDigest(tree, data('a', long)));
  assert.notEqual(dataDigest(tree, data('a', long)), dataDigest(tree, data('b', long)));
  assert.notEqual(dataDigest(tree, data('a', long)), dataDigest(tree, data('a', `${long}y`)));
});

test('data as deep as it may be', () => {
  let data: JsonObject = { a: 'x'.repeat(100) };
  for (let i = 0; i < 2000; i++) data = i % 2 === 0 ? { a: [data] } : { a: data, b: 'x' };
  assert.match(digester(data, 50)(WHOLE), /^[0-9a-f]{64}$/);
});

test('trees of a few members do not each go through all of the data, and their digests are what they are alone', () => {
  const others = { reads: 0, each: named({ role: WHOLE }) };
  for (const [members, keys] of [
    [people(1000, 'buyer'), (i: number) => `person-${i * 7}`],
    [Object.values(people(1000, 'buyer')), (i: number) => String(i * 7)],
  ] as const) {
    const json = Buffer.from(canonicalJson({ deep: { members: members as JsonValue, other: 'x' } }));
    const counted = countedBytes(json);
    const digest = dataDigester(counted.bytes);
    const trees = Array.from({ length: 100 }, (_, i) =>
      named({ deep: named({ members: named({ [keys(i)]: i % 2 === 0 ? WHOLE : others, none: WHOLE }) }) }),
    );
    const digests = trees.map(digest);
    assert.ok(counted.reads < 12 * json.length, `${counted.reads} of ${json.length}`);
    assert.deepEqual(
      digests,
      trees.map((tree) => dataDigester(json)(tree)),
    );
  }
});

test('a key with a lone surrogate names nothing, the first time and later', () => {
  const digest = digester({ '\ufffd': 1, b: 'x'.repeat(10_000) });
  const tree = named({ '\ud800': WHOLE });
  assert.deepEqual(
    [digest(tree), digest(tree), digest(tree)],
    Array(3).fill(dataDigest(named({ a: WHOLE }), { a0: 1 })),
  );
});
