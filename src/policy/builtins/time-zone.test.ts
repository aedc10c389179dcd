import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BuiltinError } from './builtin.ts';
import { UTC } from './go-time.ts';
import { timeZone } from './time-zone.ts';
import { plainAbbreviation } from './time-zone-abbreviation.ts';
import { TIME_ZONE_NAMES } from './time-zone-names.ts';

const SUMMER = Date.UTC(2024, 6, 1) / 1000;
const WINTER = Date.UTC(2024, 0, 1) / 1000;

test('offsets and abbreviations', () => {
  const table: readonly (readonly [zone: string, seconds: number, offset: number, abbreviation: string])[] = [
    ['Europe/Berlin', WINTER, 3600, 'CET'],
    ['Europe/Berlin', SUMMER, 7200, 'CEST'],
    ['America/New_York', WINTER, -18_000, 'EST'],
    ['Asia/Kolkata', SUMMER, 19_800, 'IST'],
    ['Asia/Kathmandu', SUMMER, 20_700, '+0545'],
    ['Europe/London', 0, 3600, 'BST'],
    ['Europe/Dublin', SUMMER, 3600, 'IST'],
    ['Etc/GMT+5', WINTER, -18_000, '-05'],
    ['GMT', WINTER, 0, 'GMT'],
    ['', WINTER, 0, 'UTC'],
    ['Local', WINTER, 0, 'UTC'],
  ];
  for (const [name, seconds, offsetSeconds, abbreviation] of table) {
    const { offsetSeconds: offset, abbreviation: short } = timeZone(name).at(seconds);
    assert.deepEqual([offset, short], [offsetSeconds, abbreviation], name);
  }
});

test('a zone changes at its very second', () => {
  const berlin = timeZone('Europe/Berlin');
  const change = Date.UTC(2024, 2, 31, 1) / 1000;
  assert.deepEqual([berlin.at(change - 1).offsetSeconds, berlin.at(change).offsetSeconds], [3600, 7200]);
});

test('every zone of the table is known to the runtime', () => {
  const names = TIME_ZONE_NAMES.replaceAll('\n ', ' ')
    .trim()
    .split('\n')
    .flatMap((line) => line.split(' = ')[1]!.split(' '));
  assert.ok(names.length > 500);
  for (const name of names) assert.equal(typeof timeZone(name).at(0).offsetSeconds, 'number', name);
  assert.equal(timeZone('UTC'), UTC);
});

test('names that only Intl takes are refused', () => {
  for (const name of ['+05:00', 'europe/berlin', 'Europe/Nowhere', '../UTC', 'utc']) {
    assert.throws(() => timeZone(name), new BuiltinError(`unknown time zone ${name}`));
  }
});

test('offsets without a name', () => {
  const found = [0, 3600, -34_200, 20_700, -2670].map(plainAbbreviation);
  assert.deepEqual(found, ['+00', '+01', '-0930', '+0545', 'LMT']);
});
