import * as fc from 'fast-check';
import { textToNumber } from '../../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import type { Operands } from './opa-eval.ts';

/** The same operands at each run, so that a failure can be looked at. */
const SEED = 20_261_122;

/** Operands for `disagreements`. */
export function generated(operands: fc.Arbitrary<RegoValue[]>, count: number): Operands[] {
  return fc.sample(operands, { numRuns: count, seed: SEED });
}

/** One of the words of a text, which `separator` splits; with an empty one, of its characters. */
export function oneOf(words: string, separator: string = ' '): fc.Arbitrary<string> {
  return fc.constantFrom(...(separator === '' ? Array.from(words) : words.split(separator)));
}

/** Up to `maxLength` pieces in a row. */
export function rowOf(piece: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string> {
  return fc.array(piece, { maxLength }).map((pieces) => pieces.join(''));
}

/** Short texts with characters that escaping, folding and counting treat in their own ways. */
export const text: fc.Arbitrary<string> = rowOf(
  oneOf('aAbz019 .,;:%&=+-_/\\"\'`\n\t\u0000\u007fäéßİ€日本\u{1f600}\u200b\u00ad\ufeff\ufffd', ''),
  10,
);

export const someNumber: fc.Arbitrary<RegoValue> = fc
  .oneof(
    fc.integer({ min: -200, max: 200 }).map(String),
    fc.maxSafeInteger().map(String),
    fc.bigInt({ min: -(1n << 70n), max: 1n << 70n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc
      .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 1, max: 5 }))
      .map(([value, digits]) => (value / 10 ** digits).toFixed(digits)),
    oneOf('0 -0 0.0 1.0 1e2 1E+3 1e400 5e-324 1e22 1e21 100000.0 1000000.0 0.5 1.5 2.5 1.25 1e-5'),
    oneOf('9223372036854775807 -9223372036854775808 9223372036854775808 18446744073709551616'),
  )
  .map(textToNumber);

export const scalar: fc.Arbitrary<RegoValue> = fc.oneof(someNumber, text, fc.boolean(), fc.constant(null));

export const composite: fc.Arbitrary<RegoValue> = fc.oneof(
  fc.array(scalar, { maxLength: 3 }),
  objectOf(scalar),
);

export function objectOf(value: fc.Arbitrary<RegoValue>): fc.Arbitrary<RegoValue> {
  return fc.dictionary(text, value, { maxKeys: 4 }).map((object) => new Map(Object.entries(object)));
}
