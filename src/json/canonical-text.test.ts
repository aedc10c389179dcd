import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { countedBytes } from '../../test/support/counted-bytes.ts';
import { canonicalJson } from './canonical.ts';
import { CanonicalText, isObjectDocument } from './canonical-text.ts';
import { valueEnd } from './text-places.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './value.ts';

const bytes = (value: JsonValue): Buffer => Buffer.from(canonicalJson(value));

/** As values again, by every way of reading. */
function values(document: JsonValue | CanonicalText): JsonValue {
  if (!(document instanceof CanonicalText)) return document;
  if (document.isArray) {
    const all = document.values(Number.POSITIVE_INFINITY)!;
    assert.deepEqual(
      all.map((_, index) => values(document.member(index)!)),
      all.map(values),
    );
    assert.equal(document.member(all.length), undefined);
    return all.map(values);
  }
  const keys = document.keys(Number.POSITIVE_INFINITY)!;
  const made = Object.create(null) as JsonObject;
  for (const [key, value] of document.entries()) made[key] = values(value);
  assert.deepEqual(Object.keys(made).sort(), [...keys].sort());
  for (const key of keys) assert.deepEqual(values(document.member(key)!), made[key]);
  assert.equal(document.values(keys.length)?.length, keys.length);
  return made;
}

const document = fc.jsonValue({ stringUnit: 'binary' }).map((value) => [value as JsonValue]);

test('what is read of the text is what the values are', () => {
  fc.assert(
    fc.property(document, (value) => {
      const json = bytes(value);
      assert.equal(canonicalJson(values(new CanonicalText(json))), json.toString());
      assert.equal(valueEnd(json, 0), json.length);
    }),
    { numRuns: 2000 },
  );
});

test('of an object, the member of that very name', () => {
  const object = new CanonicalText(bytes({ 'a"b': 1, a: 2, '\u2028': 3, ab: [4], '': {} }));
  assert.deepEqual(
    ['a"b', 'a', '\u2028', 'b', 'a\\"b', 'toString'].map((key) => object.member(key)),
    [1, 2, 3, undefined, undefined, undefined],
  );
  assert.ok(object.member('ab') instanceof CanonicalText);
  assert.deepEqual(object.keys(5), ['', 'a', 'a"b', 'ab', '\u2028']);
});

test('more than is wanted is nothing', () => {
  const object = new CanonicalText(bytes({ a: 1, b: 2 }));
  const array = new CanonicalText(bytes([1, 2]));
  assert.deepEqual([object.keys(1), object.values(1), array.values(1)], [undefined, undefined, undefined]);
  assert.deepEqual(
    [object.keys(2), object.values(2), array.values(2)],
    [
      ['a', 'b'],
      [1, 2],
      [1, 2],
    ],
  );
});

test('objects, as values or as text', () => {
  for (const value of [{}, [], { a: [] }] as JsonValue[])
    assert.equal(isObjectDocument(new CanonicalText(bytes(value))), isJsonObject(value));
  assert.equal(isObjectDocument('{}'), false);
});

const large = Object.fromEntries(
  Array.from({ length: 1000 }, (_, i) => [`k${String(i).padStart(4, '0')}`, { i, text: 'x'.repeat(50) }]),
);

test('many members are looked for without reading all of the text for each', () => {
  for (const [value, keys] of [
    [{ members: large }, Object.keys(large)],
    [{ members: Object.values(large) }, Object.keys(Object.values(large)).map(Number)],
    // Nothing is found before what is large, nor behind it.
    [{ members: { large } }, Array.from({ length: 500 }, (_, i) => `${i % 2 === 0 ? 'a' : 'z'}${i}`)],
  ] as const) {
    const json = bytes(value);
    const counted = countedBytes(json);
    const root = new CanonicalText(counted.bytes);
    for (const key of keys) {
      const members = root.member('members') as CanonicalText;
      const found = members.member(key);
      const expected = (value.members as Record<string | number, unknown>)[key];
      assert.equal(
        found instanceof CanonicalText ? found.member('i') : undefined,
        (expected as (typeof large)['k'])?.i,
      );
    }
    assert.ok(counted.reads < 2500 * keys.length, String(counted.reads));
  }
});
