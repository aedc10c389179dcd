// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import { textToNumber as number } from '../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { generated, oneOf, someNumber } from './support/generated.ts';
import { agree } from './support/opa-eval.ts';

/** Arithmetic against the real OPA: results to the last digit, and as they are written. */

/** Numbers at the edges of what OPA computes with: machine integers, 53 and 64 bits, decimals that no binary fraction is. */
const edge: fc.Arbitrary<RegoValue> = fc.oneof(
  oneOf('0 -0 0.0 -0.0 0e5 -0e0 1 -1 1.0 2 3 7 10 -10 0.1 0.2 0.3 0.5 -0.5 1.5 2.5 -2.5 1e0 1e2 12.50').map(
    number,
  ),
  oneOf('2147483647 -2147483648 2147483648 4294967296 9007199254740991 9007199254740993').map(number),
  oneOf('9223372036854775807 -9223372036854775808 18446744073709551616 36893488147419103231').map(number),
  oneOf('1e30 1e300 1e-300 1.5e400 1e-400 123456789012345678901234567890.5 0.1234567890123456789012').map(
    number,
  ),
  oneOf('1e21 1234567.5 100000.5 999999.5 1000000.5 0.0001 0.00001 0.000012345 1e-7').map(number),
);
const operand = fc.oneof(edge, edge, someNumber);

/** Integers and decimals of up to 40 digits with any exponent. */
const long: fc.Arbitrary<RegoValue> = fc
  .tuple(
    oneOf(',-', ','),
    fc.bigInt({ min: 0n, max: 10n ** 40n }),
    fc.nat(40),
    fc.integer({ min: -400, max: 400 }),
    oneOf('none fraction exponent both'),
  )
  .map(([sign, digits, point, exponent, form]) => {
    const text = String(digits).padStart(point + 1, '0');
    const cut = form === 'fraction' || form === 'both' ? text.length - point : text.length;
    const decimals = cut < text.length ? `.${text.slice(cut)}` : '';
    const whole = String(BigInt(text.slice(0, cut)));
    return number(
      `${sign}${whole}${decimals}${form === 'fraction' || form === 'none' ? '' : `e${exponent}`}`,
    );
  });
const either = fc.oneof(operand, long);

for (const name of ['plus', 'minus', 'mul', 'div', 'rem']) {
  test(name, () =>
    agree(name, [
      [1, 0],
      [number('0.1'), number('0.2')],
      [1, 3],
      [0, -5],
      [10, number('18446744073709551616')],
      ['1', 1],
      [1, null],
      ...generated(fc.tuple(operand, operand), 3_000),
      ...generated(fc.tuple(either, either), 2_000),
    ]),
  );
}

for (const name of ['abs', 'round', 'ceil', 'floor']) {
  test(name, () =>
    agree(name, [
      [2.5],
      [-0.5],
      ['1'],
      [number('123456789012345678901234567890')],
      [number('1.0')],
      ...generated(fc.tuple(either), 3_000),
    ]),
  );
}

test('bits', async () => {
  const integer = fc.oneof(
    fc.integer({ min: -300, max: 300 }).map((value): RegoValue => value),
    fc.bigInt({ min: -(1n << 80n), max: 1n << 80n }).map((value) => number(String(value))),
    oneOf('1.0 1e2 1.5 -0').map(number),
  );
  for (const name of ['bits.and', 'bits.or', 'bits.xor']) {
    await agree(name, [['1', 2], [1, null], ...generated(fc.tuple(integer, integer), 1_000)]);
  }
  const shift = fc.oneof(
    fc.integer({ min: -2, max: 130 }),
    oneOf('1.0 1e1 0.5 18446744073709551616').map(number),
  );
  await agree('bits.lsh', generated(fc.tuple(integer, shift), 1_000));
  await agree('bits.rsh', [
    [-5, number('18446744073709551615')],
    ...generated(fc.tuple(integer, shift), 1_000),
  ]);
  await agree('bits.negate', generated(fc.tuple(integer), 300));
});

test('sum and product', async () => {
  const numbers = fc.array(fc.oneof(operand, either), { maxLength: 5 });
  const integers = fc.array(fc.maxSafeInteger(), { maxLength: 5 });
  const lists = generated(
    fc.oneof(numbers, integers).map((list): RegoValue[] => [list]),
    3_000,
  );
  const table: RegoValue[][] = [[[]], [[1, 'a']], [[1.5, null]], ['a'], [[[1]]], [[0.1, 0.2, 0.3]]];
  await agree('sum', [...table, ...lists]);
  await agree('product', [...table, ...lists]);
  const sets = [[0.1, 0.2, 0.3], [3, 1, number('1.0')], [], ['a'], [number('9007199254740993'), 1]];
  const rows = sets.map((list): RegoValue[] => [new Set<RegoValue>(list)]);
  await agree('sum', rows);
  await agree('product', rows);
});
