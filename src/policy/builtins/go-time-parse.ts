import { daysFromDate, daysInMonth, isLeapYear, SECONDS_PER_DAY } from './go-calendar.ts';
import { layoutParts } from './go-layout.ts';
import { type GoTime, UTC } from './go-time.ts';
import { emptyFields, readPart, type TimeFields } from './go-time-fields.ts';

/** A text that does not fit its layout. */
export class TimeParseError extends Error {
  override readonly name = 'TimeParseError';
}

/**
 * time.Parse: reads a text in the form that the layout shows. A zone's name alone does not move the instant, not even
 * `GMT+3`, as in Go where the machine's own zone is UTC. Throws TimeParseError.
 */
export function parseTime(layout: string, value: string): GoTime {
  const fields = emptyFields();
  const parts = layoutParts(layout);
  let rest = value;
  for (let i = 0; i < parts.length; i++) {
    const left = readPart(parts, i, rest, fields);
    if (left === undefined) throw mismatch(value, layout, rest);
    rest = left;
  }
  if (rest !== '') throw new TimeParseError(`parsing time ${quoted(value)}: extra text: ${quoted(rest)}`);
  return assemble(fields, value);
}

function mismatch(value: string, layout: string, rest: string): TimeParseError {
  return new TimeParseError(
    `parsing time ${quoted(value)} as ${quoted(layout)}: cannot parse ${quoted(rest)}`,
  );
}

function assemble(fields: TimeFields, value: string): GoTime {
  const { month, day } = dateOf(fields, value);
  let { hour } = fields;
  if (fields.half === 'pm' && hour < 12) hour += 12;
  else if (fields.half === 'am' && hour === 12) hour = 0;
  const days = daysFromDate(fields.year, month, day);
  const local = days * SECONDS_PER_DAY + hour * 3600 + fields.minute * 60 + fields.second;
  const offset = fields.utc ? 0 : (fields.offsetSeconds ?? 0);
  return { seconds: local - offset, nanoseconds: fields.nanoseconds, zone: UTC };
}

function dateOf(fields: TimeFields, value: string): { month: number; day: number } {
  if (fields.dayOfYear !== undefined) return dateOfYearDay(fields, fields.dayOfYear, value);
  const month = fields.month ?? 1;
  const day = fields.day ?? 1;
  if (day < 1 || day > daysInMonth(month, fields.year)) throw outOfRange(value, 'day out of range');
  return { month, day };
}

function dateOfYearDay(fields: TimeFields, dayOfYear: number, value: string): { month: number; day: number } {
  if (dayOfYear < 1 || dayOfYear > (isLeapYear(fields.year) ? 366 : 365)) {
    throw outOfRange(value, 'day-of-year out of range');
  }
  let month = 1;
  let day = dayOfYear;
  for (; day > daysInMonth(month, fields.year); month++) day -= daysInMonth(month, fields.year);
  if (fields.month !== undefined && fields.month !== month) {
    throw outOfRange(value, 'day-of-year does not match month');
  }
  if (fields.day !== undefined && fields.day !== day) {
    throw outOfRange(value, 'day-of-year does not match day');
  }
  return { month, day };
}

function outOfRange(value: string, reason: string): TimeParseError {
  return new TimeParseError(`parsing time ${quoted(value)}: ${reason}`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
