import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FloatForm, formatFloat } from './go-float.ts';

const TABLE: readonly (readonly [value: number, form: FloatForm, precision: number, text: string])[] = [
  [0, 'g', -1, '0'],
  [-0, 'e', -1, '-0e+00'],
  [1, 'e', -1, '1e+00'],
  [100_000, 'g', -1, '100000'],
  [1_000_000, 'g', -1, '1e+06'],
  [0.0001, 'g', -1, '0.0001'],
  [0.00001, 'g', -1, '1e-05'],
  [400, 'g', 2, '4e+02'],
  [40, 'g', 2, '40'],
  [0.5, 'f', 0, '0'],
  [1.5, 'f', 0, '2'],
  [2.5, 'f', 0, '2'],
  [0.125, 'f', 2, '0.12'],
  [9.995, 'f', 2, '9.99'],
  [9.999, 'f', 2, '10.00'],
  [0.06, 'f', 1, '0.1'],
  [0.006, 'f', 1, '0.0'],
  [1e23, 'f', -1, '100000000000000000000000'],
  [1e23, 'f', 0, '99999999999999991611392'],
  [5e-324, 'e', 5, '4.94066e-324'],
  [123_456_789, 'E', 3, '1.235E+08'],
  [1, 'b', -1, '4503599627370496p-52'],
  [1, 'x', -1, '0x1p+00'],
  [0.1, 'x', 3, '0x1.99ap-04'],
  [1.9999999, 'X', 0, '0X1P+01'],
  [0, 'x', 2, '0x0.00p+00'],
];

test('doubles are written as strconv.FormatFloat writes them', () => {
  for (const [value, form, precision, text] of TABLE) {
    assert.equal(formatFloat(value, form, precision), text, `${value} %.${precision}${form}`);
  }
});
