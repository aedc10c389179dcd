import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExactNumber, type RegoValue } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { sprintfBuiltins } from './sprintf.ts';

const sprintf = (format: RegoValue, values: RegoValue): RegoValue | undefined =>
  sprintfBuiltins[0]!.call(undefined as never, format, values);

const exact = (text: string): ExactNumber => new ExactNumber(text);

const TABLE: readonly (readonly [format: string, values: RegoValue[], text: string])[] = [
  ['%s', [exact('123456789123456789123')], '123456789123456789123'],
  ['%f, %3.1f, %.3f', [exact('0.0'), exact('100.0'), exact('0.0')], '0.000000, 100.0, 0.000'],
  ['%f', [exact('1e2')], '100.000000'],
  ['%d', [exact('1.0')], '%!d(float64=1)'],
  ['%s', [1], '%!s(int64=1)'],
  ['%d', ['a'], '%!d(string=a)'],
  ['%t', [true], '%!t(string=true)'],
  ['%d %d', [1], '1 %!d(MISSING)'],
  ['%d', [1, 'b'], '1%!(EXTRA string=b)'],
  ['%[2]d %[1]d', [1, 2], '2 1'],
  ['%[3]d', [1], '%!d(BADINDEX)'],
  ['%*d|%-*d|', [5, 1, 5, 2], '    1|2    |'],
  ['%!', [], '%!!(MISSING)'],
  ['%', [], '%!(NOVERB)'],
  ['%%', [], '%'],
  [
    '%+d|% d|%05d|%x|%X|%#x|%o|%b|%c|%U',
    [1, 1, -1, 255, 255, 255, 8, 5, 65, 233],
    '+1| 1|-0001|ff|FF|0xff|10|101|A|U+00E9',
  ],
  ['%q|%+q|%#q|%x', ['é\n', 'é', 'a', 'é'], '"é\\n"|"\\u00e9"|`a`|c3a9'],
  ['%5s|%-5s|%.1s', ['é', 'é', '\u{1f600}b'], '    é|é    |\u{1f600}'],
  ['%e %G %8.2f', [exact('1.5'), exact('1e-10'), exact('3.14159')], '1.500000e+00 1E-10     3.14'],
  ['%v', [exact('1e400')], '1e400'],
  ['%+w', [exact('18446744073709551617')], '%!w(*big.Int=&{neg:false abs:[1 1]})'],
  ['%#w', [exact('18446744073709551617')], '%!w(*big.Int=&big.Int{neg:false, abs:big.nat{0x1, 0x1}})'],
  ['%T %T %T', [1, exact('1.5'), exact('99999999999999999999')], 'int64 float64 *big.Int'],
  ['%v', [[null, true, 'a"b', exact('1.0')]], '[null, true, "a\\"b", 1.0]'],
  [
    '%v',
    [
      new Map<RegoValue, RegoValue>([
        ['b', 1],
        ['a', new Set<RegoValue>([2, 1, 1])],
      ]),
    ],
    '{"a": {1, 2}, "b": 1}',
  ],
  ['%v %v %v', [new Set(), [], new Map()], 'set() [] {}'],
];

test('sprintf', () => {
  for (const [format, values, text] of TABLE) assert.equal(sprintf(format, values), text, format);
});

test('operands of wrong types are errors', () => {
  assert.throws(() => sprintf(1, []), new BuiltinError('operand 1 must be string but got number'));
  assert.throws(() => sprintf('', 'a'), new BuiltinError('operand 2 must be array but got string'));
});

test('a text that would fill the memory is an error', () => {
  const format = '%1000000d'.repeat(20);
  assert.throws(
    () =>
      sprintf(
        format,
        Array.from({ length: 20 }, () => 1),
      ),
    /formatted text is longer/,
  );
});
