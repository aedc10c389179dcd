import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { keepText, knownText } from './known-texts.ts';

test('what is kept is found by the same bytes in the same coding, and by no others', () => {
  // Few different bytes, so that slots are shared and texts differ in one place.
  const bytes = fc.uint8Array({ min: 97, max: 99, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, fc.boolean()), { minLength: 1, maxLength: 40 }), (texts) => {
      for (const [piece, huffman] of texts) {
        const found = knownText(piece, 0, piece.length, huffman);
        const text = `${huffman} ${Buffer.from(piece).toString('hex')}`;
        assert.ok(found === undefined || found === text);
        keepText(piece, 0, piece.length, huffman, text);
        assert.equal(
          knownText(Buffer.from(`x${Buffer.from(piece).toString()}x`), 1, piece.length + 1, huffman),
          text,
        );
      }
    }),
  );
});

test('long texts are not kept', () => {
  const long = Buffer.alloc(129, 'p');
  keepText(long, 0, 129, false, 'long');
  assert.equal(knownText(long, 0, 129, false), undefined);
  keepText(long, 0, 128, false, 'shorter');
  assert.equal(knownText(long, 1, 129, false), 'shorter');
});
