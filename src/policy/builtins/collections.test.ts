import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ExactNumber, type RegoSet, type RegoValue } from '../value.ts';
import { add, entriesOf, hasElement, insert, merge, sizeOf, valueAt } from './collections.ts';
import { equalValues, sortedElements } from './compare.ts';

const exact = (text: string): ExactNumber => new ExactNumber(text);

/** Few values, in many forms, so that equal ones meet. */
const values: fc.Arbitrary<RegoValue> = fc.letrec<{ value: RegoValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<RegoValue>(null, true, 'a', '1', 1, 2, 1.5, 0),
    fc.constantFrom('1.0', '1.50', '2e0', '100000000000000000000', '1e20', '0.0').map(exact),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.array(tie('value'), { maxLength: 2 }).map((elements) => new Set(elements)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 2 }).map((entries) => new Map(entries)),
  ),
})).value;

test('keys are found by value, whatever was looked for before', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 12 }), fc.array(values, { maxLength: 12 }), (keys, asked) => {
      const object = new Map<RegoValue, RegoValue>();
      const listed: [RegoValue, RegoValue][] = [];
      for (const [i, key] of keys.entries()) {
        const before = listed.find(([other]) => equalValues(other, key));
        assert.equal(valueAt(object, key), before?.[1]);
        insert(object, key, i);
        if (before === undefined) listed.push([key, i]);
        else before[1] = i;
      }
      assert.deepEqual([...object], listed);
      for (const key of asked) {
        assert.equal(valueAt(object, key), listed.find(([other]) => equalValues(other, key))?.[1]);
      }
    }),
  );
});

test('elements are found by value, and are there once', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 12 }), (elements) => {
      const set: RegoSet = new Set();
      for (const [i, element] of elements.entries()) {
        assert.equal(
          hasElement(set, element),
          elements.slice(0, i).some((other) => equalValues(other, element)),
        );
        add(set, element);
      }
      assert.equal(set.size, sortedElements(new Set(elements)).length);
      assert.equal(sizeOf(new Set(elements)), set.size);
    }),
  );
});

test('elements are gone through in order, keys too, of both the values', () => {
  assert.deepEqual(entriesOf(new Set<RegoValue>(['b', 3, 'a', null])), [
    [null, null],
    [3, 3],
    ['a', 'a'],
    ['b', 'b'],
  ]);
  assert.deepEqual(
    entriesOf(
      new Map<RegoValue, RegoValue>([
        ['b', 1],
        ['a', 2],
      ]),
    ),
    [
      ['a', 2],
      ['b', 1],
    ],
  );
  assert.deepEqual([entriesOf('abc'), entriesOf(undefined)], [[], []]);
});

test('merging keeps what the first document has, and goes into objects only', () => {
  const first = new Map<RegoValue, RegoValue>([
    ['same', 1],
    ['in', new Map<RegoValue, RegoValue>([['x', 1]])],
    [exact('1.0'), 'one'],
  ]);
  const second = new Map<RegoValue, RegoValue>([
    ['same', 2],
    ['in', new Map<RegoValue, RegoValue>([['y', 2]])],
    [1, 'other'],
    ['new', [3]],
  ]);
  assert.deepEqual(
    merge(first, second),
    new Map<RegoValue, RegoValue>([
      ['same', 1],
      [
        'in',
        new Map<RegoValue, RegoValue>([
          ['x', 1],
          ['y', 2],
        ]),
      ],
      [exact('1.0'), 'one'],
      ['new', [3]],
    ]),
  );
  assert.equal(first.size, 3);
  assert.equal(merge('scalar', second), 'scalar');
});
