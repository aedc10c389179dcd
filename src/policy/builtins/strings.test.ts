import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { stringBuiltins } from './strings.ts';

function call(name: string, ...operands: RegoValue[]): RegoValue | undefined {
  return stringBuiltins.find((builtin) => builtin.name === name)!.call(undefined as never, ...operands);
}

const LONG = 'ab'.repeat(50);

test('results count runes, not UTF-16 units', () => {
  const table: readonly (readonly [name: string, operands: RegoValue[], result: RegoValue])[] = [
    ['strings.any_prefix_match', ['abc', 'ab'], true],
    ['strings.any_prefix_match', [['x', 'abc'], new Set<RegoValue>(['q', 'ab'])], true],
    ['strings.any_prefix_match', [[], ['a']], false],
    ['strings.any_suffix_match', [new Set<RegoValue>(['abc']), 'bc'], true],
    ['strings.any_suffix_match', ['abc', ['ab']], false],
    [
      'strings.any_prefix_match',
      [
        ['b', 'abd'],
        ['abc', 'ab', 'abe', 'a\u{1f600}'],
      ],
      true,
    ],
    [
      'strings.any_prefix_match',
      [
        ['a', 'zz'],
        ['ab', 'b', 'zzz'],
      ],
      false,
    ],
    ['strings.any_prefix_match', ['', ['']], true],
    ['strings.any_prefix_match', ['a', []], false],
    [
      'strings.any_suffix_match',
      [
        ['x', 'a\u{1f600}'],
        ['y', '\u{1f600}'],
      ],
      true,
    ],
    ['strings.count', ['aaaa', 'aa'], 2],
    ['strings.count', ['a'.repeat(250), 'a'.repeat(100)], 2],
    ['strings.split_n', [`1${LONG}2${LONG}`, LONG, 9], ['1', '2', '']],
    ['strings.split_n', [`${LONG}x`, LONG, -9], ['', 'x']],
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

test('searches find what trying each place or pair finds', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '\u{1f600}'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (text, search) => {
      fc.pre(search !== '');
      const runes = Array.from(text);
      const places = runes.flatMap((_, i) => (runes.slice(i).join('').startsWith(search) ? [i] : []));
      assert.deepEqual(call('indexof_n', text, search), places);
    }),
  );
  fc.assert(
    fc.property(fc.array(word), fc.array(word), (texts, affixes) => {
      const prefixed = texts.some((text) => affixes.some((affix) => text.startsWith(affix)));
      const suffixed = texts.some((text) => affixes.some((affix) => text.endsWith(affix)));
      assert.equal(call('strings.any_prefix_match', texts, affixes), prefixed);
      assert.equal(call('strings.any_suffix_match', texts, affixes), suffixed);
    }),
  );
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
