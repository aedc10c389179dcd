import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clockOfSeconds } from '../builtins/go-calendar.ts';
import { localTime } from '../builtins/go-time.ts';
import { timeZone } from '../builtins/time-zone.ts';
import { type LocalPart, localSpan } from './local-spans.ts';

const seconds = (text: string): number => Date.parse(text) / 1000;
const text = (at: number): string => new Date(at * 1000).toISOString().slice(0, 19);

test('spans end with the part of the local time, or where clocks are changed', () => {
  const table: [zone: string, at: string, part: LocalPart, from: string, until: string][] = [
    ['UTC', '2026-11-22T12:34:56', 'day', '2026-11-22T00:00:00', '2026-11-23T00:00:00'],
    ['UTC', '1969-12-31T23:59:59', 'hour', '1969-12-31T23:00:00', '1970-01-01T00:00:00'],
    ['Asia/Kolkata', '2026-11-22T12:34:56', 'hour', '2026-11-22T12:30:00', '2026-11-22T13:30:00'],
    ['Asia/Kolkata', '2026-11-22T12:34:56', 'minute', '2026-11-22T12:34:00', '2026-11-22T12:35:00'],
    ['Europe/Berlin', '2026-03-28T23:00:00', 'day', '2026-03-28T23:00:00', '2026-03-29T01:00:00'],
    ['Europe/Berlin', '2026-03-29T01:00:00', 'day', '2026-03-29T01:00:00', '2026-03-29T22:00:00'],
    ['Europe/Berlin', '2026-10-25T00:59:59', 'hour', '2026-10-25T00:00:00', '2026-10-25T01:00:00'],
    ['Europe/Berlin', '2026-10-25T01:00:00', 'hour', '2026-10-25T01:00:00', '2026-10-25T02:00:00'],
    // The name of the time changes alone, from WEST to CET.
    ['Europe/Lisbon', '1992-09-27T00:30:00', 'day', '1992-09-26T23:00:00', '1992-09-27T01:00:00'],
    // Clocks go back by half an hour, at two in the morning: in the midst of an hour that both have.
    ['Australia/Lord_Howe', '2026-04-04T14:59:59', 'hour', '2026-04-04T14:00:00', '2026-04-04T15:00:00'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00', 'hour', '2026-04-04T15:00:00', '2026-04-04T15:30:00'],
  ];
  for (const [zone, at, part, from, until] of table) {
    const span = localSpan(seconds(`${at}Z`), timeZone(zone), part);
    assert.deepEqual(span.map(text), [from, until], `${zone} ${at} ${part}`);
  }
});

test('within its span a part of the local time stays what it is', () => {
  const zones = [
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Asia/Tehran',
  ];
  const partOf = (at: number, zone: string, part: LocalPart): unknown => {
    const { date, offsetSeconds } = localTime({ seconds: at, nanoseconds: 0, zone: timeZone(zone) });
    return part === 'day' ? date : clockOfSeconds(at + offsetSeconds)[part];
  };
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: seconds('2038-01-01T00:00:00Z') }),
      fc.constantFrom(...zones),
      fc.constantFrom<LocalPart>('day', 'hour', 'minute', 'second'),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (at, zone, part, share) => {
        const [from, until] = localSpan(at, timeZone(zone), part);
        assert.ok(from <= at && at < until);
        for (const other of [from, until - 1, from + Math.floor(share * (until - from - 1))]) {
          assert.deepEqual(partOf(other, zone, part), partOf(at, zone, part));
        }
      },
    ),
    { numRuns: 300 },
  );
});
