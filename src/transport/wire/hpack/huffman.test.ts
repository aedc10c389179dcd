import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { naiveHuffman } from '../../../../bench/hpack-naive.ts';
import { HpackError } from './hpack-error.ts';
import { huffmanDecode, maxHuffmanDecodedBytes } from './huffman-decoder.ts';
import { huffmanEncode, huffmanEncodedBytes } from './huffman-encoder.ts';

function decode(bytes: Uint8Array): string {
  const out = Buffer.alloc(maxHuffmanDecodedBytes(bytes.length));
  return out.toString('latin1', 0, huffmanDecode(bytes, 0, bytes.length, out));
}

function encode(text: string): Buffer {
  const out = Buffer.alloc(text.length * 4);
  const end = huffmanEncode(text, out, 0);
  assert.equal(end, huffmanEncodedBytes(text));
  return out.subarray(0, end);
}

test('every symbol, alone and beside every kind of neighbour', () => {
  for (let symbol = 0; symbol < 256; symbol++) {
    const character = String.fromCharCode(symbol);
    for (const text of [character, `${character}a`, `~${character}`, `0${character}\n${character}0`]) {
      assert.equal(decode(encode(text)), text);
      assert.deepEqual(naiveHuffman([...encode(text)]), [...Buffer.from(text, 'latin1')]);
    }
  }
});

test('texts come back', () => {
  const texts = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }),
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef-')) }),
  );
  fc.assert(
    fc.property(texts, (text) => assert.equal(decode(encode(text)), text)),
    { numRuns: 500 },
  );
});

test('any bytes mean what bit by bit they mean, or are refused as there', () => {
  const bytes = fc.uint8Array({ maxLength: 12 });
  // Ones are where long codes, EOS and padding are.
  const ones = fc.array(fc.constantFrom(0xff, 0xfe, 0x7f, 0xfc, 0x3f, 0xf8, 0x1f, 0x00), { maxLength: 9 });
  fc.assert(
    fc.property(fc.oneof(bytes, ones.map(Uint8Array.from.bind(Uint8Array))), (input) => {
      let expected: string;
      try {
        expected = String.fromCharCode(...naiveHuffman([...input]));
      } catch {
        assert.throws(() => decode(input), HpackError);
        return;
      }
      assert.equal(decode(input), expected);
    }),
    { numRuns: 5000 },
  );
});

// '0' is 00000, 'X' is 11111100, '?' is 1111111100, '\\' is nineteen bits, EOS is thirty ones.
const REFUSED: readonly (readonly [bytes: readonly number[], why: RegExp])[] = [
  [[0x00, 0x00], /not all ones/],
  [[0x06], /not all ones/],
  [[0xff], /longer than seven bits/],
  [[0x07, 0xff], /longer than seven bits/],
  [[0xfc, 0xff], /longer than seven bits/],
  [[0xff, 0xff], /longer than seven bits/],
  [[0xff, 0xff, 0xff, 0xff], /EOS/],
  [[0xff, 0xff, 0xff, 0xfc], /EOS/],
  [[0x07, 0xff, 0xff, 0xff, 0xff], /EOS/],
  [[0xff, 0xff, 0xfd], /cut off/],
  [[0xff, 0xe0], /cut off|not all ones/],
];

for (const [bytes, why] of REFUSED) {
  test(`refused: ${Buffer.from(bytes).toString('hex')}`, () => {
    assert.throws(
      () => decode(Uint8Array.from(bytes)),
      (error) => error instanceof HpackError && why.test(error.message),
    );
  });
}

const PADDED: readonly (readonly [bytes: readonly number[], text: string])[] = [
  [[], ''],
  [[0x07], '0'],
  [[0xfc], 'X'],
  [[0x00, 0x3f], '00'],
  [[0xff, 0x3f], '?'],
];

for (const [bytes, text] of PADDED) {
  test(`padding of ${Buffer.from(bytes).toString('hex')}`, () => {
    assert.equal(decode(Uint8Array.from(bytes)), text);
  });
}
