/** Blocks of one connection, also mutated ones, mean the same as to a decoder that is written down plainly, or are refused as there. */
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { CAPTURES } from '../../../../bench/hpack-blocks.ts';
import { NaiveDecoder } from '../../../../bench/hpack-naive.ts';
import { writeInteger, writeText } from './block-writer.ts';
import { HpackDecoder } from './decoder.ts';
import { HpackError } from './hpack-error.ts';

const MAX_TABLE_BYTES = 400;
const out = Buffer.alloc(4096);
const take = (end: number): number[] => [...out.subarray(0, end)];

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 20,
  }),
);
const name = fc.oneof(fc.integer({ min: 1, max: 70 }), text);

/** A representation of a field, or an update of the table's size. */
const representation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: 70 }).map((index) => take(writeInteger(out, 0, 0x80, 0x7f, index))),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom([0x40, 0x3f], [0x00, 0x0f], [0x10, 0x0f]), name, text)
      .map(([[pattern, prefix], name, value]) => {
        const at = writeInteger(out, 0, pattern, prefix, typeof name === 'number' ? name : 0);
        return take(writeText(out, typeof name === 'number' ? at : writeText(out, at, name), value));
      }),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 420 }).map((bytes) => take(writeInteger(out, 0, 0x20, 0x1f, bytes))),
  },
);
const generated = fc.array(representation, { maxLength: 8 }).map((parts) => parts.flat());
const captured = fc
  .constantFrom(...Object.values(CAPTURES).flatMap(({ blocks }) => blocks))
  .map((hex) => Array.from(Buffer.from(hex, 'hex')));
const mutation = fc.option(
  fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), drop: fc.nat({ max: 2 }) }),
  { freq: 2 },
);
const block = fc
  .tuple(fc.oneof({ weight: 5, arbitrary: generated }, { weight: 1, arbitrary: captured }), mutation)
  .map(([bytes, mutation]) => {
    if (mutation === null || bytes.length === 0) return bytes;
    return bytes.toSpliced(mutation.at % bytes.length, mutation.drop, mutation.byte);
  });

test('generated, captured and mutated blocks', () => {
  let refused = 0;
  let decoded = 0;
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 6 }), (blocks) => {
      const decoder = new HpackDecoder({ maxTableBytes: MAX_TABLE_BYTES, maxListBytes: 1e9 });
      const naive = new NaiveDecoder(MAX_TABLE_BYTES);
      for (const bytes of blocks) {
        // Each twice, so that recognised ones are compared as well.
        for (let turn = 0; turn < 2; turn++) {
          let expected: ReturnType<NaiveDecoder['decode']> | undefined;
          try {
            expected = naive.decode(Uint8Array.from(bytes));
          } catch {
            assert.throws(() => decoder.decode(Buffer.from(bytes), 0, bytes.length), HpackError);
            refused++;
            return;
          }
          const { names, values, sizeBytes, oversized } = decoder.decode(Buffer.from(bytes), 0, bytes.length);
          assert.deepEqual(
            names.map((name, i) => [name, values[i]]),
            expected,
          );
          assert.equal(
            sizeBytes,
            expected.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0),
          );
          assert.equal(oversized, false);
          decoded++;
        }
      }
    }),
    { numRuns: 3000 },
  );
  assert.ok(refused > 300 && decoded > 1000, `${refused} refused, ${decoded} decoded`);
});
