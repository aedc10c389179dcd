import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { knownKey } from './known-keys.ts';

const bytes = Buffer.alloc(512);
const memory = { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };

/** With something else behind it than before. */
function keyOf(text: string): string {
  bytes.fill(0xee);
  bytes.write(text, 'latin1');
  return knownKey(memory, text.length);
}

/** Texts that are alike: of few characters, with zeros at their ends. */
const key = fc
  .array(fc.constantFrom('\0', '\x01', 'a', '\xff'), { maxLength: 9 })
  .chain((parts) => fc.nat({ max: 124 }).map((more) => 'k'.repeat(more) + parts.join('')));

test('a key is its bytes, whatever was asked for before', () => {
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 40 }), (keys) => {
      for (const text of [...keys, ...keys]) assert.equal(keyOf(text), text);
    }),
    { numRuns: 300 },
  );
});

test('more keys than are kept, each of which comes again', () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `s\x01GET\x02/orders/${i}`);
  for (const text of [...keys, ...keys.toReversed(), ...keys]) assert.equal(keyOf(text), text);
});
