import type { RegoValue } from '../value.ts';
import { type Builtin, BuiltinError } from './builtin.ts';
import { daysFromDate, SECONDS_PER_DAY, WEEKDAYS, weekdayOfDays } from './go-calendar.ts';
import { DurationError, parseDuration } from './go-duration.ts';
import { NAMED_LAYOUTS } from './go-layout.ts';
import { fromLocalSeconds, type GoTime, localTime } from './go-time.ts';
import { formatTime } from './go-time-format.ts';
import { parseTime, TimeParseError } from './go-time-parse.ts';
import { bigintToNumber } from './numbers.ts';
import { intOperand, stringOperand } from './operands.ts';
import { timeDifference } from './time-diff.ts';
import { nanosecondsResult, timeOperand } from './time-operands.ts';

const RFC3339 = NAMED_LAYOUTS.get('RFC3339')!;
const RFC3339_NANO = NAMED_LAYOUTS.get('RFC3339Nano')!;

/** Times to the nanosecond with Go's layouts and zones (v1/topdown/time.go). */
export const timeBuiltins: readonly Builtin[] = [
  {
    name: 'time.now_ns',
    effects: ['clock'],
    call: (context) => bigintToNumber(context.policyNowNs()),
  },
  {
    name: 'time.parse_ns',
    effects: [],
    call: (_, layout, value) => {
      const name = stringOperand(layout, 1);
      return parse(NAMED_LAYOUTS.get(name) ?? name, stringOperand(value, 2));
    },
  },
  {
    name: 'time.parse_rfc3339_ns',
    effects: [],
    call: (_, value) => parse(RFC3339, stringOperand(value, 1)),
  },
  {
    name: 'time.parse_duration_ns',
    effects: [],
    call: (_, duration) => durationNs(stringOperand(duration, 1)),
  },
  {
    name: 'time.format',
    effects: [],
    call: (_, value) => {
      const { time, layout } = timeOperand(value);
      return formatTime(time, layout === '' ? RFC3339_NANO : (NAMED_LAYOUTS.get(layout) ?? layout));
    },
  },
  {
    name: 'time.date',
    effects: [],
    call: (_, value) => {
      const { year, month, day } = localTime(timeOperand(value).time).date;
      return [year, month, day];
    },
  },
  {
    name: 'time.clock',
    effects: [],
    call: (_, value) => {
      const { hour, minute, second } = localTime(timeOperand(value).time).clock;
      return [hour, minute, second];
    },
  },
  {
    name: 'time.weekday',
    effects: [],
    call: (_, value) => WEEKDAYS[weekdayOfDays(localTime(timeOperand(value).time).days)]!,
  },
  {
    name: 'time.add_date',
    effects: [],
    call: (_, value, years, months, days) =>
      addDate(timeOperand(value).time, intOperand(years, 2), intOperand(months, 3), intOperand(days, 4)),
  },
  {
    name: 'time.diff',
    effects: [],
    call: (_, left, right) => timeDifference(timeOperand(left).time, timeOperand(right).time),
  },
];

function parse(layout: string, value: string): RegoValue {
  try {
    return nanosecondsResult(parseTime(layout, value));
  } catch (error) {
    if (error instanceof TimeParseError) throw new BuiltinError(error.message, { cause: error });
    throw error;
  }
}

function durationNs(text: string): RegoValue {
  try {
    return bigintToNumber(parseDuration(text));
  } catch (error) {
    if (error instanceof DurationError) throw new BuiltinError(error.message, { cause: error });
    throw error;
  }
}

/** Adds to the calendar date in the time's zone; days beyond the month carry over: 31 January and a month is 3 March. */
function addDate(time: GoTime, years: number, months: number, days: number): RegoValue {
  const { date, clock } = localTime(time);
  const dayNumber = daysFromDate(date.year + years, date.month + months, date.day + days);
  const local = dayNumber * SECONDS_PER_DAY + clock.hour * 3600 + clock.minute * 60 + clock.second;
  return nanosecondsResult({ ...time, seconds: fromLocalSeconds(local, time.zone) });
}
