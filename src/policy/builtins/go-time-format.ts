import { MONTHS, WEEKDAYS, weekdayOfDays, yearDay } from './go-calendar.ts';
import { type LayoutPart, layoutParts, type OffsetField, type PlainField } from './go-layout.ts';
import { type GoTime, type LocalTime, localTime } from './go-time.ts';

/** time.Format: the time in its zone, in the form that the layout shows. */
export function formatTime(time: GoTime, layout: string): string {
  const local = localTime(time);
  return layoutParts(layout)
    .map((part) => writePart(part, local, time.nanoseconds))
    .join('');
}

function writePart(part: LayoutPart, local: LocalTime, nanoseconds: number): string {
  if (part.kind === 'text') return part.text;
  if (part.kind === 'field') return writeField(part.field, local);
  if (part.kind === 'offset') return writeOffset(part.field, local.offsetSeconds);
  if (part.trim && nanoseconds === 0) return '';
  // Go writes no more than nine digits, however many the layout has.
  const digits = padded(nanoseconds, 9).slice(0, part.digits);
  const kept = part.trim ? digits.replace(/0+$/, '') : digits;
  return kept === '' ? '' : part.separator + kept;
}

function writeField(field: PlainField, local: LocalTime): string {
  const { date, clock } = local;
  switch (field) {
    case '2006':
      return date.year < 0 ? `-${padded(-date.year, 4)}` : padded(date.year, 4);
    case '06':
      return padded(Math.abs(date.year) % 100, 2);
    case 'January':
      return MONTHS[date.month - 1]!;
    case 'Jan':
      return MONTHS[date.month - 1]!.slice(0, 3);
    case '1':
      return String(date.month);
    case '01':
      return padded(date.month, 2);
    case 'Monday':
      return WEEKDAYS[weekdayOfDays(local.days)]!;
    case 'Mon':
      return WEEKDAYS[weekdayOfDays(local.days)]!.slice(0, 3);
    case '2':
      return String(date.day);
    case '_2':
      return String(date.day).padStart(2);
    case '02':
      return padded(date.day, 2);
    case '__2':
      return String(yearDay(date)).padStart(3);
    case '002':
      return padded(yearDay(date), 3);
    case '15':
      return padded(clock.hour, 2);
    case '3':
      return String(clock.hour % 12 || 12);
    case '03':
      return padded(clock.hour % 12 || 12, 2);
    case '4':
      return String(clock.minute);
    case '04':
      return padded(clock.minute, 2);
    case '5':
      return String(clock.second);
    case '05':
      return padded(clock.second, 2);
    case 'PM':
      return clock.hour >= 12 ? 'PM' : 'AM';
    case 'pm':
      return clock.hour >= 12 ? 'pm' : 'am';
    case 'MST':
    default:
      return local.abbreviation;
  }
}

/** `Z…` forms write Z at UTC; seconds of an offset show only in the forms that have them. */
function writeOffset(field: OffsetField, offsetSeconds: number): string {
  if (field.startsWith('Z') && offsetSeconds === 0) return 'Z';
  const absolute = Math.abs(offsetSeconds);
  const minutes = Math.trunc(absolute / 60);
  // Go takes the sign from whole minutes: 59 seconds west of UTC are written with a plus.
  const sign = offsetSeconds < 0 && minutes > 0 ? '-' : '+';
  const colon = field.includes(':') ? ':' : '';
  const digits = field.replace(/\D/g, '').length;
  const tail = digits >= 4 ? colon + padded(minutes % 60, 2) : '';
  const seconds = digits === 6 ? colon + secondsOf(offsetSeconds, sign) : '';
  return sign + padded(Math.trunc(minutes / 60), 2) + tail + seconds;
}

function secondsOf(offsetSeconds: number, sign: '+' | '-'): string {
  const seconds = (sign === '-' ? -offsetSeconds : offsetSeconds) % 60;
  return seconds < 0 ? `-${padded(-seconds, 2)}` : padded(seconds, 2);
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
