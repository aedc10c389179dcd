import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { WireText } from './wire-text.ts';

const buffers = fc
  .array(
    fc.oneof(
      fc.string({ maxLength: 700 }).map((text) => Buffer.from(text, 'utf8')),
      fc.string({ unit: 'grapheme', maxLength: 80 }).map((text) => Buffer.from(text, 'utf8')),
      fc.nat(600).map((length) => Buffer.alloc(length, 'header value ')),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts));

test('a text is what the bytes are in UTF-8, wherever it stands and in whatever order texts are read', () => {
  const property = fc.property(
    buffers,
    fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 40 }),
    fc.boolean(),
    (buffer, places, inOrder) => {
      const spans = places.map(([a, b]) => {
        const start = a % (buffer.length + 1);
        return [start, start + (b % (buffer.length - start + 1))] as const;
      });
      if (inOrder) spans.sort(([a], [b]) => a - b);
      const text = new WireText(buffer);
      for (const [start, end] of spans)
        assert.equal(text.at(start, end), buffer.toString('utf8', start, end), `${start} to ${end}`);
    },
  );
  fc.assert(property, { numRuns: 1000 });
});

test('texts are right at the edges of what is decoded at once', () => {
  for (const length of [255, 256, 257, 2047, 2048, 2049, 4096]) {
    const buffer = Buffer.from(Array.from({ length }, (_, i) => 0x20 + (i % 95)));
    for (const size of [1, 2, 255, 256, 257]) {
      const text = new WireText(buffer);
      for (let start = 0; start + size <= length; start += Math.max(1, size - 1))
        assert.equal(text.at(start, start + size), buffer.toString('utf8', start, start + size));
    }
  }
});
