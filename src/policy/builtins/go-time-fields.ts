import { MONTHS, WEEKDAYS } from './go-calendar.ts';
import type { LayoutPart, PlainField } from './go-layout.ts';
import { readOffset, readZoneName } from './go-time-zone-text.ts';

/** What has been read so far. */
export interface TimeFields {
  year: number;
  month: number | undefined;
  day: number | undefined;
  dayOfYear: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanoseconds: number;
  half: 'am' | 'pm' | undefined;
  utc: boolean;
  offsetSeconds: number | undefined;
}

export function emptyFields(): TimeFields {
  return {
    year: 0,
    month: undefined,
    day: undefined,
    dayOfYear: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanoseconds: 0,
    half: undefined,
    utc: false,
    offsetSeconds: undefined,
  };
}

/** Reads part `i` of a layout into the fields. Gives the text that is left, undefined when the part does not fit. */
export function readPart(
  parts: readonly LayoutPart[],
  i: number,
  text: string,
  fields: TimeFields,
): string | undefined {
  const part = parts[i]!;
  switch (part.kind) {
    case 'text':
      return skip(text, part.text);
    case 'fraction':
      return readFraction(part, text, fields);
    case 'offset':
      return readOffset(part.field, text, fields);
    case 'field':
    default: {
      const rest = readField(part.field, text, fields);
      const isSecond = part.field === '5' || part.field === '05';
      if (rest === undefined || !isSecond) return rest;
      // A fraction may follow the seconds without being in the layout.
      const next = parts[i + 1]?.kind === 'text' ? parts[i + 2] : parts[i + 1];
      return next?.kind === 'fraction' ? rest : readUnlistedFraction(rest, fields);
    }
  }
}

/** A run of spaces in the layout stands for any number of them. */
function skip(text: string, prefix: string): string | undefined {
  let rest = text;
  for (let i = 0; i < prefix.length; i++) {
    if (prefix[i] === ' ') {
      if (rest !== '' && rest[0] !== ' ') return undefined;
      while (prefix[i + 1] === ' ') i++;
      rest = rest.replace(/^ +/, '');
    } else {
      if (rest[0] !== prefix[i]) return undefined;
      rest = rest.slice(1);
    }
  }
  return rest;
}

function readFraction(
  part: Extract<LayoutPart, { kind: 'fraction' }>,
  text: string,
  fields: TimeFields,
): string | undefined {
  if (part.trim) return readUnlistedFraction(text, fields);
  // Exactly as many characters as the layout has; Go reads them as a number, which may have a sign.
  if (text.length < 1 + part.digits || !/^[.,]/.test(text)) return undefined;
  const digits = text.slice(1, 1 + Math.min(part.digits, 9));
  if (!/^(?:\+?[0-9]+|-0+)$/.test(digits)) return undefined;
  fields.nanoseconds = Math.abs(Number(digits)) * 10 ** (9 - digits.length);
  return text.slice(1 + part.digits);
}

function readUnlistedFraction(text: string, fields: TimeFields): string {
  const digits = /^[.,]([0-9]+)/.exec(text)?.[1];
  if (digits === undefined) return text;
  fields.nanoseconds = Number(digits.slice(0, 9).padEnd(9, '0'));
  return text.slice(1 + digits.length);
}

function readField(field: PlainField, text: string, fields: TimeFields): string | undefined {
  switch (field) {
    case '2006':
      return read(/^[0-9]{4}/, text, (digits) => (fields.year = Number(digits)));
    case '06':
      // Go reads two characters here, and a sign is one.
      return read(/^(?:[0-9]{2}|[+-][0-9])/, text, (digits) => {
        const year = Number(digits);
        fields.year = year >= 69 ? year + 1900 : year + 2000;
      });
    case 'January':
      return readName(MONTHS, text, (index) => (fields.month = index + 1));
    case 'Jan':
      return readName(SHORT_MONTHS, text, (index) => (fields.month = index + 1));
    case '1':
    case '01':
      return readNumber(text, field === '01', 1, 12, (month) => (fields.month = month));
    case 'Monday':
      return readName(WEEKDAYS, text, () => undefined);
    case 'Mon':
      return readName(SHORT_WEEKDAYS, text, () => undefined);
    case '2':
    case '_2':
    case '02':
      return readNumber(field === '_2' ? text.replace(/^ /, '') : text, field === '02', 0, 99, (day) => {
        fields.day = day;
      });
    case '__2':
      return read(/^[0-9]{1,3}/, text.replace(/^ {0,2}/, ''), (day) => (fields.dayOfYear = Number(day)));
    case '002':
      return read(/^[0-9]{3}/, text, (day) => (fields.dayOfYear = Number(day)));
    case '15':
      return readNumber(text, false, 0, 23, (hour) => (fields.hour = hour));
    case '3':
    case '03':
      return readNumber(text, field === '03', 0, 12, (hour) => (fields.hour = hour));
    case '4':
    case '04':
      return readNumber(text, field === '04', 0, 59, (minute) => (fields.minute = minute));
    case '5':
    case '05':
      return readNumber(text, field === '05', 0, 59, (second) => (fields.second = second));
    case 'PM':
      return read(/^(?:AM|PM)/, text, (half) => (fields.half = half === 'PM' ? 'pm' : 'am'));
    case 'pm':
      return read(/^(?:am|pm)/, text, (half) => (fields.half = half as 'am' | 'pm'));
    case 'MST':
    default:
      return readZoneName(text, fields);
  }
}

const SHORT_MONTHS = MONTHS.map((name) => name.slice(0, 3));
const SHORT_WEEKDAYS = WEEKDAYS.map((name) => name.slice(0, 3));

function read(pattern: RegExp, text: string, store: (found: string) => void): string | undefined {
  const found = pattern.exec(text)?.[0];
  if (found === undefined) return undefined;
  store(found);
  return text.slice(found.length);
}

/** One or two digits, two when `fixed`. */
function readNumber(
  text: string,
  fixed: boolean,
  min: number,
  max: number,
  store: (value: number) => void,
): string | undefined {
  const digits = (fixed ? /^[0-9]{2}/ : /^[0-9]{1,2}/).exec(text)?.[0];
  if (digits === undefined) return undefined;
  const value = Number(digits);
  if (value < min || value > max) return undefined;
  store(value);
  return text.slice(digits.length);
}

/** A name in any case of its ASCII letters. */
function readName(
  names: readonly string[],
  text: string,
  store: (index: number) => void,
): string | undefined {
  const index = names.findIndex((name) => asciiLower(text.slice(0, name.length)) === asciiLower(name));
  if (index === -1) return undefined;
  store(index);
  return text.slice(names[index]!.length);
}

function asciiLower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
