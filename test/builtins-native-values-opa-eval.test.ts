// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import { setOf } from '../src/policy/builtins/native/distinct.ts';
import { textToNumber as number } from '../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { generated, oneOf, text } from './support/generated.ts';
import { agree } from './support/opa-eval.ts';

/** Comparison, aggregates, types and sets against the real OPA, on values of all types. */

/** Few scalars, so that values meet their equals; equal numbers in several texts. */
const few: fc.Arbitrary<RegoValue> = fc.oneof(
  oneOf('0 1 1.0 1e0 2 -1 1.5 10 1e1 9007199254740993').map(number),
  fc.constantFrom<RegoValue>('', 'a', 'b', 'B', '1', 'é', '\u{1f600}', '\uffff', true, false, null),
);

/** Values of all types. Keys are strings: OPA's JSON has no others. */
function valueOf(depth: number): fc.Arbitrary<RegoValue> {
  if (depth === 0) return few;
  const member = valueOf(depth - 1);
  return fc.oneof(
    few,
    fc.array(member, { maxLength: 3 }),
    fc
      .dictionary(oneOf('a b c 1'), member, { maxKeys: 3 })
      .map((object): RegoValue => new Map(Object.entries(object))),
  );
}

const value = valueOf(2);
const list = fc.array(value, { maxLength: 5 });

/** A set of values of all types, and sets inside. */
const set: fc.Arbitrary<RegoValue> = fc
  .array(fc.oneof(few, fc.array(few, { maxLength: 2 })), { maxLength: 4 })
  .map((elements): RegoValue => setOf(elements));

for (const name of ['equal', 'neq', 'gt', 'gte', 'lt', 'lte']) {
  test(name, async () => {
    await agree(name, generated(fc.tuple(value, value), 1_500));
    await agree(name, generated(fc.tuple(set, fc.oneof(set, value)), 150));
  });
}

test('aggregates', async () => {
  const rows: RegoValue[][] = [['añ\u{1f600}'], [1], [null], [true], [[]], [new Map()]];
  const collection = fc.oneof(list, value, text, fc.array(few, { maxLength: 3 }));
  const booleans = fc.array(fc.constantFrom<RegoValue>(true, true, false, 1), { maxLength: 3 });
  for (const name of ['count', 'max', 'min', 'sort', 'all', 'any']) {
    await agree(name, [...rows, ...generated(fc.tuple(fc.oneof(collection, booleans)), 800)]);
    await agree(name, generated(fc.tuple(set), 60));
  }
});

test('membership', async () => {
  await agree('internal.member_2', generated(fc.tuple(few, fc.oneof(list, value)), 1_500));
  await agree('internal.member_2', generated(fc.tuple(fc.oneof(few, value), set), 300));
  const key = fc.oneof(few, oneOf('a b c 1'));
  await agree('internal.member_3', generated(fc.tuple(key, few, fc.oneof(list, value)), 2_000));
  await agree('internal.member_3', generated(fc.tuple(few, few, set), 200));
});

test('types', async () => {
  const names = ['array', 'boolean', 'null', 'number', 'object', 'set', 'string'].map((type) => `is_${type}`);
  const rows: RegoValue[][] = [[null], [true], [1], [number('1e400')], [''], [[]], [new Map()], [new Set()]];
  for (const name of [...names, 'type_name']) await agree(name, rows);
});

test('sets', async () => {
  const other = fc.oneof(set, set, set, value);
  for (const name of ['and', 'or', 'set_diff', 'minus']) {
    await agree(name, generated(fc.tuple(other, other), 250));
  }
  const sets = fc.array(other, { maxLength: 4 }).map((elements): RegoValue => setOf(elements));
  const only = fc.array(set, { maxLength: 4 }).map((elements): RegoValue => setOf(elements));
  for (const name of ['union', 'intersection']) {
    await agree(name, generated(fc.tuple(fc.oneof(only, only, sets, value)), 250));
  }
});
