/** Documents and trees of reads for properties: few keys, so that trees and documents meet, and every oddity of JSON. */
import * as fc from 'fast-check';
import { parseJson } from '../../src/json/parse.ts';
import type { JsonValue } from '../../src/json/value.ts';
import { COMPARED, FULL, KEYS, type ReadTree, SCALAR, TYPE } from '../../src/policy/plan/footprint.ts';

const KEY_NAMES = [
  'a',
  'b',
  '',
  '0',
  '1',
  '2',
  '00',
  '-0',
  '4294967295',
  '__proto__',
  'constructor',
  'toString',
  'é',
  '\uffff',
  '\u{1f600}',
  '"',
  '\\',
  '\u2028',
];

/** Texts of numbers, many of which are equal. */
export const NUMBER_TEXTS: readonly string[] = [
  '0',
  '-0',
  '0.0',
  '0e5',
  '1',
  '1.0',
  '1e0',
  '10e-1',
  '-1',
  '-1.0',
  '1000',
  '1e3',
  '1E+3',
  '2',
  '0.5',
  '0.50',
  '5e-1',
  '1.00000000000000000001',
  '0.99999999999999999999',
  '1e-400',
  '1e400',
  '1e21',
  '9007199254740991',
  '9007199254740991.0',
  '9007199254740991.2',
  '9007199254740992',
  '9007199254740993',
  '12345678901234567890',
  '12345678901234567891',
  '1.2345678901234567890e19',
  '4503599627370496.25',
];

export const keyName: fc.Arbitrary<string> = fc.constantFrom(...KEY_NAMES);

/** The text of a document; keys of an object differ. */
const { text } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', ...NUMBER_TEXTS),
    fc
      .constantFrom('', 'a', 'é', '\u2028', '\u{1f600}', '"\\\n\u0000', '0')
      .map((value) => JSON.stringify(value)),
    fc.array(tie('text'), { maxLength: 4 }).map((elements) => `[${elements.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(keyName, tie('text')), { maxLength: 5, selector: ([key]) => key })
      .map((members) => `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
  ),
}));

/** As the parser makes them. */
export const jsonDocument: fc.Arbitrary<JsonValue> = text.map((source) => parseJson(source));

const reads = fc.oneof(
  { arbitrary: fc.constant(0), weight: 4 },
  { arbitrary: fc.constantFrom(TYPE, KEYS, COMPARED, SCALAR), weight: 4 },
  { arbitrary: fc.integer({ min: 0, max: TYPE | KEYS | COMPARED | SCALAR }), weight: 2 },
  { arbitrary: fc.constant(FULL), weight: 1 },
);

/** Trees of reads, up to five levels. */
export const readTree: fc.Arbitrary<ReadTree> = fc.letrec<{ tree: ReadTree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    reads.map((bits) => ({ reads: bits })),
    fc.record(
      {
        reads,
        children: fc
          .uniqueArray(fc.tuple(keyName, tie('tree')), { maxLength: 4, selector: ([key]) => key })
          .map((entries) => new Map(entries)),
        each: tie('tree'),
      },
      { requiredKeys: ['reads'] },
    ),
  ),
})).tree;
