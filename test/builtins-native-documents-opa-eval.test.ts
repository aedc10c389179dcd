// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { equalValues } from '../src/policy/builtins/compare.ts';
import { setOf } from '../src/policy/builtins/native/distinct.ts';
import { textToNumber as number } from '../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../src/policy/value.ts';
import {
  composite,
  generated,
  objectOf,
  oneOf,
  rowOf,
  scalar,
  someNumber,
  text,
} from './support/generated.ts';
import { agree, callBuiltin, type Operands } from './support/opa-eval.ts';

/** Arrays, objects, JSON, numbers as text, graphs and `walk` against the real OPA. */

const key = oneOf('a b c 0 1 /');
const few: fc.Arbitrary<RegoValue> = fc.oneof(
  oneOf('0 1 1.0 2 -1 1e0').map(number),
  fc.constantFrom<RegoValue>('a', 'b', '0', '1', true, null, ''),
);

function documentOf(depth: number): fc.Arbitrary<RegoValue> {
  if (depth === 0) return few;
  const member = documentOf(depth - 1);
  return fc.oneof(few, fc.array(member, { maxLength: 3 }), objectWith(member), objectWith(member));
}

function objectWith(member: fc.Arbitrary<RegoValue>): fc.Arbitrary<RegoValue> {
  return fc
    .dictionary(key, member, { maxKeys: 4 })
    .map((object): RegoValue => new Map(Object.entries(object)));
}

const document = documentOf(3);
const object = fc.oneof({ weight: 6, arbitrary: objectWith(documentOf(2)) }, { weight: 1, arbitrary: few });

/** With sets, and keys of any type, which only a policy can have. */
const beyondJson: fc.Arbitrary<RegoValue> = fc
  .array(fc.tuple(fc.oneof(few, fc.array(few, { maxLength: 2 })), fc.oneof(few, documentOf(1))), {
    maxLength: 4,
  })
  .map((members): RegoValue => {
    const keys = setOf(members.map(([name]) => name));
    return new Map(
      [...keys].map((name, i) => [name, i % 2 === 0 ? setOf([members[i]![1]]) : members[i]![1]]),
    );
  });

test('arrays', async () => {
  const list = fc.oneof(fc.array(documentOf(2), { maxLength: 4 }), few);
  const position = fc.oneof(fc.integer({ min: -2, max: 6 }), few, someNumber);
  await agree('array.concat', generated(fc.tuple(list, list), 300));
  await agree('array.flatten', generated(fc.tuple(list), 300));
  await agree('array.reverse', generated(fc.tuple(list), 200));
  await agree('array.slice', generated(fc.tuple(list, position, position), 1_000));
});

test('objects', async () => {
  const keys = fc.oneof(fc.array(few, { maxLength: 4 }), object, few);
  const path = fc.oneof(fc.array(fc.oneof(few, key), { maxLength: 3 }), few);
  for (const name of ['object.filter', 'object.remove']) {
    await agree(name, generated(fc.tuple(object, keys), 1_000));
    await agree(name, generated(fc.tuple(beyondJson, fc.oneof(beyondJson, fc.array(few).map(setOf))), 150));
  }
  await agree('object.get', generated(fc.tuple(object, path, few), 1_500));
  await agree('object.get', generated(fc.tuple(beyondJson, path, few), 200));
  await agree('object.keys', generated(fc.tuple(object), 300));
  await agree('object.keys', generated(fc.tuple(beyondJson), 60));
});

test('unions of objects', async () => {
  await agree('object.union', generated(fc.tuple(object, object), 1_000));
  await agree('object.union', generated(fc.tuple(beyondJson, beyondJson), 150));
  const a = (value: RegoValue): RegoValue => new Map([['a', value]]);
  await agree('object.union_n', [
    [[a(a(1)), a(4), a(new Map([['c', 3]]))]],
    [[a(a(1)), a(new Map([['b', 2]])), a(new Map())]],
    ...generated(fc.tuple(fc.oneof(fc.array(object, { maxLength: 4 }), few)), 1_500),
  ]);
  await agree('object.union_n', generated(fc.tuple(fc.array(beyondJson, { maxLength: 3 })), 100));
});

test('json.filter and json.remove', async () => {
  const pointer = fc
    .array(oneOf('a b c 0 1 ~1 ~0 ~01'), { maxLength: 3 })
    .chain((steps) => fc.constantFrom(`/${steps.join('/')}`, steps.join('/'), `//${steps.join('/')}`, ''));
  const steps = fc.array(fc.oneof(few, key), { maxLength: 3 });
  const paths = fc.oneof(
    fc.array(fc.oneof(pointer, pointer, steps), { maxLength: 4 }),
    fc.array(fc.oneof(pointer, few), { maxLength: 2 }),
    few,
  );
  for (const name of ['json.filter', 'json.remove']) {
    await agree(name, generated(fc.tuple(object, paths), 1_500));
    const sets = fc.array(fc.oneof(pointer, steps), { maxLength: 3 }).map(setOf);
    await agree(name, generated(fc.tuple(beyondJson, sets), 200));
  }
});

test('JSON text', async () => {
  const value = fc.oneof(scalar, composite, objectOf(composite), document);
  await agree('json.marshal', [
    ['<a href="&">\u2028\u2029\u007f\b\f\u0001'],
    ...generated(fc.tuple(value), 1_500),
  ]);
  await agree('json.marshal', generated(fc.tuple(beyondJson), 100));
  const piece = oneOf(
    '{ } [ ] , : "a" "\\ud800" "\\u0000" 1 -0 1.0 1e5 01 +1 .5 5. 1e 1e99999 1e-99999 true nul null',
  );
  const space = oneOf(',, ,\t,\r\n,\u00a0,\ufeff', ',');
  const written = fc.oneof(
    rowOf(fc.oneof(piece, piece, piece, space), 7),
    value.map((each) => callBuiltin('json.marshal', each) as string),
    text,
  );
  const rows: RegoValue[][] = [
    ['{"a":1,"a":2}'],
    ['{"__proto__":{"x":1}}'],
    ['0e99999999999999999999'],
    ['0e999999'],
    ['1e30102'],
    ['1e30103'],
    ['1e-30103'],
    ['1e-30104'],
    [`${'1'.repeat(25_000)}e0`],
    ['"\\ud83d\\ude00\\ud83d"'],
    ['[1] x'],
    ['1 ]'],
    [''],
    [1],
    [null],
  ];
  // A text with `null` behind its value is one for OPA, and no JSON.
  const hasTail = ([value]: Operands): boolean => typeof value === 'string' && /.[ \t\r\n]*null/s.test(value);
  const isDifferent = (row: Operands): boolean =>
    hasTail(row) && callBuiltin('json.is_valid', ...row) === false;
  await agree('json.unmarshal', [
    ...rows,
    ...generated(fc.tuple(written), 2_000).filter((row) => !isDifferent(row)),
  ]);
  const deep = [10_000, 10_001].map((depth) => [`${'['.repeat(depth)}${']'.repeat(depth)}`]);
  await agree('json.is_valid', [...rows, ...deep, ...generated(fc.tuple(written), 2_000)]);
});

test('numbers as text', async () => {
  const base = fc.oneof(fc.constantFrom<RegoValue>(2, 8, 10, 16, number('10.0'), 3, '10'));
  await agree('format_int', [
    [number('18446744073709551617.5'), 16],
    [number('1e30'), 10],
    [-15.9, 16],
    ['1', 10],
    ...generated(fc.tuple(someNumber, base), 1_500),
  ]);
  const bound = fc.oneof(fc.integer({ min: -30, max: 30 }), few);
  await agree('numbers.range', [
    [number('18446744073709551616'), number('18446744073709551620')],
    [number('1e1'), number('2.0')],
    [1.5, 2],
    ...generated(fc.tuple(bound, bound), 400),
  ]);
  const written = rowOf(fc.oneof(oneOf('0123456789', ''), oneOf('. e E + - _ x 0x p 1e30 inf nan'), text), 6);
  const plain = someNumber.map((value) => callBuiltin('json.marshal', value) as string);
  const values = [null, true, false, [], new Map(), 1.5, '', '1e400', '1e-400', '1e-99999', 'Infinity', ' 1'];
  // OPA keeps a text that is no JSON, and cannot write it: the sum with 1 is what it computes with.
  const isJson = (value: RegoValue | undefined): boolean =>
    typeof value !== 'string' ||
    callBuiltin('json.is_valid', value) === true ||
    toNumber(value) === undefined;
  const toNumber = (value: RegoValue): RegoValue | undefined => callBuiltin('to_number', value);
  await agree('to_number', [
    ...values.map((value): RegoValue[] => [value]),
    ...generated(fc.tuple(fc.oneof(plain, written)), 3_000).filter(([value]) => isJson(value)),
  ]);
  const table: readonly (readonly [string, RegoValue])[] = [
    ['+5', 5],
    ['007', 7],
    ['-00', number('-0')],
    ['.5', 0.5],
    ['5.', 5],
    ['-.5e1', number('-0.5e1')],
    ['1_000.0_1', 1000.01],
    ['0x1p4', 16],
    ['-0x_1.8P-1', number('-75e-2')],
  ];
  for (const [form, wanted] of table) assert.ok(equalValues(toNumber(form)!, wanted), form);
});

test('template strings', () =>
  agree('internal.template_string', [[['a', 1, true, null, number('1.0')]], [[]], ['a']]));

test('graphs and walk', async () => {
  const vertex = fc.oneof(oneOf('a b c d 1'), few);
  const edges = fc.oneof(fc.array(vertex, { maxLength: 3 }), few);
  const graph = fc.oneof(objectWith(edges), few);
  await agree('graph.reachable', generated(fc.tuple(graph, edges), 1_000));
  await agree('walk', generated(fc.tuple(document), 500));
  await agree('walk', generated(fc.tuple(beyondJson), 60));
});
