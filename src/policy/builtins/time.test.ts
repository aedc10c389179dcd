import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ExactNumber, type RegoValue } from '../value.ts';
import { type BuiltinContext, BuiltinError } from './builtin.ts';
import { textToNumber as number } from './numbers.ts';
import { regoText } from './rego-text.ts';
import { timeBuiltins } from './time.ts';

const context = { policyNowNs: () => 1_795_305_600_123_456_789n } as BuiltinContext;

function call(name: string, ...operands: RegoValue[]): RegoValue | undefined {
  return timeBuiltins.find((builtin) => builtin.name === `time.${name}`)!.call(context, ...operands);
}

const NS = number('1670006453141828752');

const TABLE: readonly (readonly [name: string, operands: RegoValue[], result: RegoValue])[] = [
  ['now_ns', [], new ExactNumber('1795305600123456789')],
  ['format', [NS], '2022-12-02T18:40:53.141828752Z'],
  ['format', [[NS, 'Asia/Kolkata']], '2022-12-03T00:10:53.141828752+05:30'],
  ['format', [[NS, 'Asia/Kolkata', 'RFC1123Z']], 'Sat, 03 Dec 2022 00:10:53 +0530'],
  ['format', [[NS, 'Asia/Kolkata', 'RFC850']], 'Saturday, 03-Dec-22 00:10:53 IST'],
  ['format', [[NS, 'Europe/Berlin', 'MST Z07 .000 ,999999']], 'CET +01 .141 ,141828'],
  ['format', [[NS, 'America/Sao_Paulo', 'MST']], '-03'],
  ['format', [[NS, 'Local', 'MST 3:04PM __2 002 _2']], 'UTC 6:40PM 336 336  2'],
  ['format', [[0, 'Africa/Monrovia', '-07:00:00 MST']], '-00:44:30 MMT'],
  ['date', [[number('1517814000000000000'), 'America/Los_Angeles']], [2018, 2, 4]],
  ['date', [number('1582977600000000000')], [2020, 2, 29]],
  ['clock', [[number('1517832000000000000'), 'America/New_York']], [7, 0, 0]],
  ['weekday', [number('-1')], 'Wednesday'],
  ['add_date', [number('1585852421593912000'), 3, 9, 12], new ExactNumber('1705257221593912000')],
  ['add_date', [number('1585852421593912000'), -1, -1, -1], new ExactNumber('1551465221593912000')],
  ['parse_ns', ['RFC822Z', '02 Jun 17 19:00 -0700'], new ExactNumber('1496455200000000000')],
  [
    'parse_ns',
    ["01/02 03:04:05PM '06 -0700", "06/02 07:00:00PM '17 -0700"],
    new ExactNumber('1496455200000000000'),
  ],
  // The offset in such a name does not move the instant, as that of other names does not.
  ['parse_ns', ['RFC822', '02 Jan 06 15:04 GMT'], new ExactNumber('1136214240000000000')],
  ['parse_ns', ['RFC822', '02 Jan 06 15:04 GMT+3'], new ExactNumber('1136214240000000000')],
  ['parse_ns', ['RFC822', '02 Jan 06 15:04 GMT-7'], new ExactNumber('1136214240000000000')],
  ['parse_ns', ['RFC822', '02 Jan 06 15:04 CEST'], new ExactNumber('1136214240000000000')],
  ['parse_ns', ['-0700 MST 2006', '+0300 GMT-7 2006'], new ExactNumber('1136062800000000000')],
  ['parse_ns', ['2006 002', '2020 366'], new ExactNumber('1609372800000000000')],
  ['parse_rfc3339_ns', ['1677-09-21T00:12:43.145224192-00:00'], new ExactNumber('-9223372036854775808')],
  ['parse_duration_ns', ['100ms'], 100_000_000],
  ['parse_duration_ns', ['00000000000000000000000001.5s'], 1_500_000_000],
  ['parse_duration_ns', ['1d2h30m'], 95_400_000_000_000],
  ['parse_duration_ns', ['-1.5y'], number('-47304000000000000')],
  ['diff', [number('1582934400000000000'), number('1614556800000000000')], [1, 0, 1, 0, 0, 0]],
];

test('results', () => {
  for (const [name, operands, result] of TABLE) {
    assert.equal(regoText(call(name, ...operands)!), regoText(result), `${name} ${regoText(operands)}`);
  }
});

test('errors', () => {
  const table: readonly (readonly [name: string, operands: RegoValue[], message: string])[] = [
    ['format', [number('1582977600000000000000')], 'timestamp too big'],
    ['date', [number('1.5')], 'timestamp too big'],
    [
      'date',
      [[]],
      'operand 1 must be one of {either number (ns) or [number (ns), string (tz)]} but got array',
    ],
    ['date', [[1, 'Europe/Nowhere']], 'unknown time zone Europe/Nowhere'],
    ['date', [[1, 'europe/berlin']], 'unknown time zone europe/berlin'],
    ['add_date', [0, 2262, 1, 1], 'time outside of valid range'],
    ['add_date', [number('-9223372036854775808'), 0, 0, -1], 'time outside of valid range'],
    ['add_date', [0, number('9007199254740993'), 0, 0], 'time outside of valid range'],
    ['parse_rfc3339_ns', ['2262-04-11T23:47:16.854775808-00:00'], 'time outside of valid range'],
    ['parse_ns', ['2006', '20x6'], 'parsing time "20x6" as "2006": cannot parse "20x6"'],
    ['parse_ns', ['2006', '20167'], 'parsing time "20167": extra text: "7"'],
    ['parse_ns', ['2006-01-02', '2021-02-29'], 'parsing time "2021-02-29": day out of range'],
    ['parse_duration_ns', ['1x'], 'time: unknown unit "x" in duration "1x"'],
    ['parse_duration_ns', ['99999999999999999999ns'], 'time: invalid duration "99999999999999999999ns"'],
    ['parse_duration_ns', ['300y'], 'time: invalid duration "300y"'],
  ];
  for (const [name, operands, message] of table) {
    assert.throws(() => call(name, ...operands), new BuiltinError(message), name);
  }
});

test('only the clock has an effect', () => {
  const effects = timeBuiltins.filter((builtin) => builtin.effects.length > 0);
  assert.deepEqual(
    effects.map((builtin) => builtin.name),
    ['time.now_ns'],
  );
  assert.deepEqual(effects[0]?.effects, ['clock']);
});

test('what is formatted to the nanosecond is read back', () => {
  const zones = ['UTC', 'Asia/Kathmandu', 'America/New_York', 'Australia/Lord_Howe'];
  const moment = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n });
  fc.assert(
    fc.property(moment, fc.constantFrom(...zones), (ns, zone) => {
      const text = call('format', [number(ns.toString()), zone, 'RFC3339Nano'])!;
      assert.equal(regoText(call('parse_ns', 'RFC3339Nano', text)!), ns.toString());
    }),
  );
});
