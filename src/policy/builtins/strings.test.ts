import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { stringBuiltins } from './strings.ts';

function call(name: string, ...operands: RegoValue[]): RegoValue | undefined {
  return stringBuiltins.find((builtin) => builtin.name === name)!.call(undefined as never, ...operands);
}

test('results count runes, not UTF-16 units', () => {
  const table: readonly (readonly [name: string, operands: RegoValue[], result: RegoValue])[] = [
    ['strings.any_prefix_match', ['abc', 'ab'], true],
    ['strings.any_prefix_match', [['x', 'abc'], new Set<RegoValue>(['q', 'ab'])], true],
    ['strings.any_prefix_match', [[], ['a']], false],
    ['strings.any_suffix_match', [new Set<RegoValue>(['abc']), 'bc'], true],
    ['strings.any_suffix_match', ['abc', ['ab']], false],
    ['strings.count', ['aaaa', 'aa'], 2],
    ['strings.count', ['\u{1f600}b', ''], 3],
    ['indexof_n', ['aaa', 'aa'], [0, 1]],
    ['indexof_n', ['\u{1f600}b\u{1f600}b', 'b'], [1, 3]],
    ['strings.split_n', ['a,b,c', ',', 2], ['a', 'b']],
    ['strings.split_n', ['a,b,c', ',', -2], ['b', 'c']],
    ['strings.split_n', ['a,b,c', ',', 0], []],
    ['strings.split_n', ['\u{1f600}b', '', 5], ['\u{1f600}', 'b']],
  ];
  for (const [name, operands, result] of table) assert.deepEqual(call(name, ...operands), result, name);
});

test('errors', () => {
  const table: readonly (readonly [name: string, operands: RegoValue[], message: string])[] = [
    ['strings.any_prefix_match', [1, 'a'], 'operand 1 must be one of {string, set, array} but got number'],
    [
      'strings.any_prefix_match',
      ['a', [1]],
      'operand 2 must be array of strings but got array containing number',
    ],
    ['indexof_n', ['a', ''], 'empty search character'],
    ['strings.split_n', ['a', 'b', 1.5], 'operand 3 must be integer number but got floating-point number'],
  ];
  for (const [name, operands, message] of table) {
    assert.throws(() => call(name, ...operands), new BuiltinError(message), name);
  }
});
