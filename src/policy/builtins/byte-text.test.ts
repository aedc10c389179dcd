import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { byteText } from './byte-text.ts';

test('text in UTF-8 is that text', () => {
  const texts = fc
    .array(fc.integer({ min: 0, max: 0x10ffff }))
    .map((codes) => String.fromCodePoint(...codes).toWellFormed());
  fc.assert(fc.property(texts, (text) => byteText(Buffer.from(text)) === text));
});

test('each byte that is part of no character is one of its own', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['ff', '\udcff'],
    ['61ff62', 'a\udcffb'],
    ['c3', '\udcc3'],
    ['c3a9c3', 'é\udcc3'],
    // Overlong, a surrogate, beyond Unicode, cut short: no byte of them is part of a character.
    ['c080', '\udcc0\udc80'],
    ['e08080', '\udce0\udc80\udc80'],
    ['eda080', '\udced\udca0\udc80'],
    ['f4908080', '\udcf4\udc90\udc80\udc80'],
    ['f09f98', '\udcf0\udc9f\udc98'],
    ['f09f9880', '\u{1f600}'],
  ];
  for (const [hex, text] of cases) assert.equal(byteText(Buffer.from(hex, 'hex')), text, hex);
});

test('different bytes are different strings', () => {
  const bytes = fc.uint8Array({ maxLength: 6 });
  fc.assert(
    fc.property(bytes, bytes, (left, right) => {
      assert.equal(byteText(left) === byteText(right), Buffer.compare(left, right) === 0);
    }),
  );
});
