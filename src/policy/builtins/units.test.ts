import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExactNumber, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { unitBuiltins } from './units.ts';

const [parse, parseBytes] = unitBuiltins.map(
  (builtin) => (text: string) => builtin.call(undefined as never, text),
) as [(text: string) => RegoValue | undefined, (text: string) => RegoValue | undefined];

test('units.parse', () => {
  const table: readonly (readonly [text: string, result: RegoValue])[] = [
    ['10', 10],
    ['10K', 10_000],
    ['10KI', 10_240],
    ['"1M"', 1_000_000],
    ['100m', new ExactNumber('0.1000000000')],
    ['1.5k', 1500],
    ['0.00000000005', new ExactNumber('0.0000000001')],
    ['-0.5', new ExactNumber('-0.5000000000')],
    ['12345678901234567890', new ExactNumber('12345678901234567890')],
  ];
  for (const [text, result] of table) assert.deepEqual(parse(text), result, text);
});

test('units.parse_bytes', () => {
  const table: readonly (readonly [text: string, result: RegoValue])[] = [
    ['10KB', 10_000],
    ['10kib', 10_240],
    ['1.5Mi', 1_572_864],
    ['0.1', 0],
    ['1e3', 1000],
    ['18446744073709551617', new ExactNumber('18446744073709551616')],
  ];
  for (const [text, result] of table) assert.deepEqual(parseBytes(text), result, text);
});

test('errors', () => {
  const table: readonly (readonly [text: string, reason: string])[] = [
    ['', 'no amount provided'],
    ['K', 'no amount provided'],
    ['1 K', 'spaces not allowed in resource strings'],
    ['1x', 'unit x not recognized'],
    ['1.2.3', 'could not parse amount to a number'],
    ['1e1000000', 'exponent too large'],
    ['1e999999', 'exponent too large'],
    ['1'.repeat(50_000), 'amount too long'],
  ];
  for (const [text, reason] of table) {
    assert.throws(() => parse(text), new BuiltinError(reason), text);
  }
  assert.throws(() => parseBytes('1e999999'), new BuiltinError('exponent too large'));
});
