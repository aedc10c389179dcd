// needs: opa
import { test } from 'node:test';
import * as fc from 'fast-check';
import { NAMED_LAYOUTS } from '../src/policy/builtins/go-layout.ts';
import { textToNumber as number } from '../src/policy/builtins/numbers.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { generated, oneOf, rowOf } from './support/generated.ts';
import { agree, callBuiltin } from './support/opa-eval.ts';

/** The host's `time` builtins against the real OPA, as in builtins-opa-eval.test.ts. */

const bigNumber = (min: bigint, max: bigint): fc.Arbitrary<RegoValue> =>
  fc.bigInt({ min, max }).map((value) => number(value.toString()));

const anyNs = bigNumber(-(1n << 63n), (1n << 63n) - 1n);

/** From 1970 to 2026: earlier and later the tzdata of Intl and of Go may differ. */
const recentNs = bigNumber(0n, 1_790_000_000_000_000_000n);

const ns: fc.Arbitrary<RegoValue> = fc.oneof(
  anyNs,
  recentNs,
  oneOf(
    '0 -1 1e18 1.5 1e-1 9223372036854775807 9223372036854775808 9223372036854775807.1 9223372036854775807.9 -9223372036854775808 1517814000000000000.0 951782400000000000',
  ).map(number),
);

/** Zones whose history is the same in all editions of tzdata, and names that are none. */
const zone = fc.oneof(
  oneOf('|UTC|Local|GMT|Nowhere|america/new_york|+05:00|../UTC', '|'),
  oneOf('America/Los_Angeles America/New_York America/St_Johns Europe/Berlin Europe/Dublin Etc/GMT+5'),
  oneOf(
    'Asia/Kolkata Asia/Kathmandu Asia/Tehran Asia/Pyongyang Australia/Lord_Howe Africa/Monrovia Pacific/Apia',
  ),
);

const operand: fc.Arbitrary<RegoValue> = fc.oneof(
  ns,
  fc.tuple(ns),
  fc.tuple(recentNs, zone),
  fc.constantFrom<RegoValue>([], null, 'x', [1, 2], ['x'], [1, 'UTC', 3]),
);

const layoutPiece = fc.oneof(
  oneOf('2006 06 January Jan Janu 1 01 Monday Mon Mond 2 _2 02 __2 002 _2006 15 3 03 4 04 5 05 PM pm MST'),
  oneOf('Z0700 Z070000 Z07 Z07:00 Z07:00:00 -0700 -070000 -07 -07:00 -07:00:00'),
  oneOf('.000 .999 ,000000 .0 .000000000000 .9999999999 .0001 05.000 5.99'),
  oneOf(' |  |-|/|:|T|é|0|9|7|a', '|'),
);
const layout = fc.oneof(fc.constantFrom(...NAMED_LAYOUTS.keys(), ''), rowOf(layoutPiece, 8));

test('time.format', () =>
  agree('time.format', [
    ...generated(fc.tuple(operand), 1_000),
    ...generated(fc.tuple(fc.tuple(recentNs, zone, layout)), 5_000),
    ...generated(fc.tuple(fc.tuple(anyNs, fc.constant('UTC'), layout)), 2_000),
  ]));

test('time.date, time.clock, time.weekday', async () => {
  const rows = generated(fc.tuple(operand), 2_000);
  await agree('time.date', rows);
  await agree('time.clock', rows);
  await agree('time.weekday', rows);
});

test('time.add_date', () => {
  const amount = fc.oneof(
    fc.integer({ min: -40, max: 40 }),
    fc.integer({ min: -400, max: 400 }),
    oneOf('1.0 1.5 1e2 9007199254740993').map(number),
  );
  return agree('time.add_date', generated(fc.tuple(operand, amount, amount, amount), 3_000));
});

test('time.diff', () => agree('time.diff', generated(fc.tuple(operand, operand), 4_000)));

/** What fields of layouts look like in a text, rightly and wrongly. */
const fields = fc.oneof(
  oneOf('2017 17 +5 -5 June jun 6 06 Friday FRI 2 02 153 060 366 19 7 07 12 00 0 5 59 60 PM am'),
  oneOf(
    'UTC CEST GMT+3 GMT GMT-25 +05 MeST WITA ABCDE ABCDT Z +0530 -07:00 +23:59:59 -00:00:01 -000001 +2500',
  ),
  oneOf('.5|,123456789|.1234567891|.+12|.-12|.-00| 2| 60|  7| |  |-|/|:|T|é', '|'),
);

/** Dates as they should be, each with a zone: of the layout's own time, or put in place of UTC. */
const zonedLayout = oneOf(
  'RFC822|RFC850|RFC1123|UnixDate|2006-01-02 15:04:05 MST|MST 2006 002|2006-01-02 MST -0700|Z07:00 MST 2006-01-02',
  '|',
);
const zoneName = oneOf(
  'UTC GMT GMT+3 GMT-7 GMT+0 GMT+03 GMT+23 GMT-23 GMT+24 GMT- UTC+3 +05 -03 CET CEST MeST ChST WITA ABCDT ABCDE AB',
);
const zoned = fc.tuple(zonedLayout, recentNs, fc.oneof(zone, fc.constant('UTC')), zoneName);

test('time.parse_ns of dates with zones', () => {
  const rows = generated(
    zoned.map(([form, at, place, name]): RegoValue[] => {
      const text =
        callBuiltin('time.format', [at, place, form]) ?? callBuiltin('time.format', [at, 'UTC', form]);
      return [form, (text as string).replace('UTC', name)];
    }),
    4_000,
  );
  return agree('time.parse_ns', rows);
});

test('time.parse_ns', async () => {
  const written = fc.tuple(layout, anyNs).map(([form, at]): RegoValue[] => {
    return [form, callBuiltin('time.format', [at, 'UTC', form]) ?? ''];
  });
  await agree('time.parse_ns', [
    ...generated(written, 4_000),
    ...generated(fc.tuple(layout, rowOf(fields, 8)), 4_000),
    ...generated(fc.tuple(layoutPiece, fields), 6_000),
    ...generated(fc.tuple(rowOf(layoutPiece, 2), rowOf(fields, 2)), 6_000),
  ]);
});

test('time.parse_rfc3339_ns', () => {
  const piece = oneOf('2017 -06 -02 T t 19 9 :00 :60 :59 .5 ,5 .1234567899 Z z +24:60 -07:00 +0700');
  return agree('time.parse_rfc3339_ns', [
    ['2017-06-02T19:00:00Z'],
    ['2017-06-02T9:00:00Z'],
    ['2017-06-02t19:00:00z'],
    ['2017-06-02T19:00:00,5Z'],
    ['2017-02-29T00:00:00Z'],
    ['2017-06-02T24:00:00Z'],
    ['2017-06-02T23:59:60Z'],
    ['2017-06-02T19:00:00+24:60'],
    ['2017-06-02T19:00:00.1234567899Z'],
    ['2262-04-11T23:47:16.854775807Z'],
    ['2262-04-11T23:47:16.854775808Z'],
    ['1677-09-21T00:12:43.145224191Z'],
    ['9999-12-31T23:59:59Z'],
    ...generated(fc.tuple(rowOf(piece, 9)), 1_000),
  ]);
});

test('time.parse_duration_ns', () => {
  const piece = fc.oneof(
    oneOf('1 1.5 .5 5. . 0 9223372036 2562047 99999999999999999999 0.3333333333333333333333 292y 1e3'),
    oneOf('h|m|s|ms|us|µs|μs|ns|d|w|y|x|-|+| ', '|'),
  );
  return agree('time.parse_duration_ns', [
    ['9223372036854775807ns'],
    ['9223372036854775808ns'],
    ['-9223372036854775808ns'],
    ['-9223372036854775808ns9223372036854775808ns'],
    ['9223372036854775808ns9223372036854775808ns'],
    ['1.2.3d'],
    ['0'],
    ['-0'],
    ['+'],
    ['1e400d'],
    ...generated(fc.tuple(rowOf(piece, 6)), 8_000),
  ]);
});
