import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { keepText, knownText } from './known-texts.ts';

/** Tells the texts of this file from those that others have kept. */
const MARK = 'kept by a test:';

test('what is kept is found by the same bytes in the same coding, and by no others', () => {
  // Few different bytes, so that slots are shared and texts differ in one place.
  const bytes = fc.uint8Array({ min: 97, max: 99, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, fc.boolean()), { minLength: 1, maxLength: 40 }), (texts) => {
      for (const [piece, huffman] of texts) {
        const found = knownText(piece, 0, piece.length, huffman);
        const text = `${MARK} ${huffman} ${Buffer.from(piece).toString('hex')}`;
        // What others of this thread left is nobody's business here.
        if (found?.startsWith(MARK)) assert.equal(found, text);
        keepText(piece, 0, piece.length, huffman, text);
        assert.equal(
          knownText(Buffer.from(`x${Buffer.from(piece).toString()}x`), 1, piece.length + 1, huffman),
          text,
        );
      }
    }),
  );
});

test('a text is not taken for a longer one that begins with it', () => {
  const longer = Buffer.from('/shop?');
  // One of them has the slot of the shorter text.
  for (let last = 0; last < 256; last++) {
    longer[5] = last;
    keepText(longer, 0, 6, false, 'longer');
    assert.notEqual(knownText(longer, 0, 5, false), 'longer');
  }
});

test('long texts are not kept', () => {
  const long = Buffer.alloc(129, 'p');
  keepText(long, 0, 129, false, 'long');
  assert.equal(knownText(long, 0, 129, false), undefined);
  keepText(long, 0, 128, false, 'shorter');
  assert.equal(knownText(long, 1, 129, false), 'shorter');
});
