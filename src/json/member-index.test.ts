import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { countedBytes } from '../../test/support/counted-bytes.ts';
import { canonicalJson } from './canonical.ts';
import { MemberIndex } from './member-index.ts';
import { parseJson } from './parse.ts';
import { valueEnd } from './text-places.ts';
import type { JsonObject, JsonValue } from './value.ts';

const bytes = (value: JsonValue): Buffer => Buffer.from(canonicalJson(value));
const found = (json: Uint8Array, at: number | undefined): JsonValue | undefined =>
  at === undefined ? undefined : parseJson(json.subarray(at, valueEnd(json, at)));

/** Small ones, and such as stand alone between two places. */
const value = fc.oneof(
  { weight: 9, arbitrary: fc.string({ maxLength: 40 }) },
  fc.integer({ min: 500, max: 1100 }).map((length) => 'x'.repeat(length)),
  fc.integer({ min: 500, max: 2000 }).map((length) => ['y'.repeat(length)]),
) as fc.Arbitrary<JsonValue>;
/** Those that are written with escapes stand among others by what they say. */
const key = fc.oneof(
  fc.string({
    maxLength: 3,
    unit: fc.constantFrom('a', '"', '\\', '\n', '!', ']', '\u2028', '😀', '\uffff'),
  }),
  fc.string({ unit: 'binary' }),
);

test('finds what an object has under each key, and nothing under others', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 200, size: 'max' }),
      fc.array(key),
      (members, others) => {
        const object = Object.assign(Object.create(null), Object.fromEntries(members)) as JsonObject;
        const json = bytes(object);
        const index = new MemberIndex(json, 0);
        assert.equal(index.end, json.length);
        for (const name of [...members.map(([each]) => each), ...others])
          assert.deepEqual(found(json, index.find(name)), object[name], JSON.stringify(name));
      },
    ),
    { numRuns: 200 },
  );
});

test('finds each element of an array, and nothing behind the last', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 200, size: 'max' }), (array) => {
      const json = Buffer.concat([Buffer.from('[1,'), bytes(array), Buffer.from(']')]);
      const index = new MemberIndex(json, 3);
      assert.equal(index.end, json.length - 1);
      for (let i = 0; i <= array.length; i++) assert.deepEqual(found(json, index.find(i)), array[i]);
      assert.deepEqual([index.find(1e300), index.find('0')], [undefined, undefined]);
    }),
    { numRuns: 200 },
  );
});

test('reads little to find something, however large what stands beside it', () => {
  const object = Object.fromEntries(
    Array.from({ length: 1000 }, (_, i) => [
      `k${String(i).padStart(4, '0')}`,
      i % 10 === 0 ? 'x'.repeat(5000) : i,
    ]),
  );
  for (const [json, keys] of [
    [bytes(object), ['k0000', 'k0001', 'k0500', 'k0999', 'k0000x', 'k0500x', 'a', 'z']],
    [bytes(Object.values(object) as JsonValue[]), [0, 1, 500, 501, 999, 1000]],
  ] as const) {
    const counted = countedBytes(json);
    const index = new MemberIndex(counted.bytes, 0);
    assert.ok(counted.reads < 3 * json.length, String(counted.reads));
    for (const each of keys) {
      counted.reads = 0;
      index.find(each);
      assert.ok(counted.reads < 3000, `${each}: ${counted.reads}`);
    }
  }
});
