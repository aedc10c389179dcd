import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfEntry, bytesOfOutcome } from './cache-size.ts';
import { interpret } from './outcome.ts';

const long = 'x'.repeat(10_000);
const bytesOf = (json: string): number => bytesOfEntry('key') + bytesOfOutcome(interpret(json));

test('an entry costs its key, and its text as often as it is held', () => {
  const plain = bytesOf('true');
  const table: [what: string, bytes: number, least: number, most: number][] = [
    ['a longer key', bytesOfEntry('key'.repeat(1000)) - plain, 2997, 2997],
    ['a key of two bytes a character', bytesOfEntry('日本語') - plain, 3, 3],
    ['no value', bytesOfOutcome(interpret(undefined)), 0, 0],
    ['a text that is no decision', bytesOf(`"${long}"`) - plain, 10_000, 10_300],
    ['one of two bytes a character', bytesOf(`"${long}é日"`) - plain, 20_000, 20_300],
    // As text, as the value that was read of it, and encoded.
    ['a reason', bytesOf(`{"allowed":true,"reason":"${long}"}`) - plain, 30_000, 31_500],
    ['an obligation', bytesOf(`{"allowed":true,"header":"${long}"}`) - plain, 30_000, 31_500],
  ];
  for (const [what, bytes, least, most] of table)
    assert.ok(bytes >= least && bytes <= most, `${what}: ${bytes}`);
});

test('many small parts cost more than their text', () => {
  const objects = `{"allowed":true,"x":[${Array.from({ length: 1000 }, () => '{}').join()}]}`;
  assert.ok(bytesOf(objects) - bytesOf('true') > 1000 * (240 + 64));
  const numbers = `{"allowed":true,"x":[${Array.from({ length: 1000 }, () => '[]').join()}]}`;
  assert.ok(bytesOf(numbers) - bytesOf('true') > 1000 * 2 * 64);
});
