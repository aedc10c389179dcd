import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { knownKey } from './known-keys.ts';

const bytes = Buffer.alloc(512);
const memory = { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };

let behind = 0;

/** With something else behind it than before. */
function keyOf(text: string): string {
  bytes.fill((behind = (behind + 37) & 0xff));
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

test('a key that comes again is not made again, if it is short', (t) => {
  const made = t.mock.method(bytes, 'toString');
  for (const length of [0, 1, 3, 4, 63, 122, 123, 124, 125, 127, 128, 200]) {
    const text = 'a'.repeat(length);
    keyOf(text);
    const before = made.mock.callCount();
    for (let time = 0; time < 5; time++) assert.equal(keyOf(text), text);
    assert.equal(made.mock.callCount() - before, length === 0 || length > 124 ? 5 * Number(length > 0) : 0);
  }
});

test('keys of every length beside one another', () => {
  const lengths = [1, 2, 3, 4, 5, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129];
  const keys = Array.from({ length: 20_000 }, (_, i) =>
    `${i}`.padStart(6, '0').padEnd(lengths[i % lengths.length]!, 'k'),
  );
  for (let round = 0; round < 3; round++) for (const text of keys) assert.equal(keyOf(text), text);
});

test('more keys than are kept, each of which comes again', () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `s\x01GET\x02/orders/${i}`);
  for (const text of [...keys, ...keys.toReversed(), ...keys]) assert.equal(keyOf(text), text);
});
