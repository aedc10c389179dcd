import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { HpackDecoder } from './decoder.ts';
import type { HeaderBlock } from './header-block.ts';

const OPTIONS = { maxTableBytes: 4096, maxListBytes: 16_384 };

function decode(decoder: HpackDecoder, hex: string): HeaderBlock {
  const bytes = Buffer.from(`ff${hex.replaceAll(' ', '')}ff`, 'hex');
  return decoder.decode(bytes, 1, bytes.length - 1);
}

test('the same bytes give the same block, with what was made of it', () => {
  const decoder = new HpackDecoder(OPTIONS);
  const block = decode(decoder, '82 86');
  block.memo = 'seen';
  assert.equal(decode(decoder, '82 86'), block);
  assert.equal(decode(decoder, '82 86').memo, 'seen');
  assert.notEqual(decode(decoder, '82 87'), block);
  assert.notEqual(decode(decoder, '82'), block);
});

test('several blocks that take turns are all known', () => {
  const decoder = new HpackDecoder(OPTIONS);
  const blocks = ['82', '83', '82 86', '83 87'];
  const first = blocks.map((hex) => decode(decoder, hex));
  for (const turn of [0, 1, 2, 3, 3, 1, 0, 2, 2, 0])
    assert.equal(decode(decoder, blocks[turn]!), first[turn]);
  // More than are kept: the rest is decoded anew, rightly.
  for (let i = 2; i < 60; i++) decode(decoder, (0x80 + i).toString(16));
  assert.deepEqual(decode(decoder, '82 86').values, ['GET', 'http']);
});

test('a block that inserts is not known, nor what was known before it', () => {
  const decoder = new HpackDecoder(OPTIONS);
  decode(decoder, '40 01 61 01 62');
  const before = decode(decoder, 'be');
  assert.deepEqual(before.values, ['b']);
  const inserted = decode(decoder, '40 01 61 01 63');
  assert.deepEqual(decode(decoder, 'be').values, ['c']);
  assert.notEqual(decode(decoder, '40 01 61 01 63'), inserted);
  assert.deepEqual(decode(decoder, 'be bf c0').values, ['c', 'c', 'b']);
});

test('an eviction by a size update forgets too', () => {
  const decoder = new HpackDecoder(OPTIONS);
  decode(decoder, '40 01 61 01 62');
  decode(decoder, 'be');
  decode(decoder, '20 82');
  assert.throws(() => decode(decoder, 'be'), /no table entry/);
});

test('what is known does not do for an update that is owed', () => {
  const decoder = new HpackDecoder(OPTIONS);
  decode(decoder, '82');
  decoder.setMaxTableBytes(0);
  assert.throws(() => decode(decoder, '82'), /no table size update/);
});

test('long blocks are decoded anew', () => {
  const decoder = new HpackDecoder(OPTIONS);
  const long = `00 01 61 7f a1 03 ${'62'.repeat(544)}`;
  const first = decode(decoder, long);
  const second = decode(decoder, long);
  assert.deepEqual([second === first, second.values], [false, ['b'.repeat(544)]]);
});
