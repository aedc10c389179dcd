import type { Builtin } from '../builtins/builtin.ts';
import { bigintToNumber } from '../builtins/numbers.ts';
import { timeOperand } from '../builtins/time-operands.ts';
import type { RegoNumber, RegoValue } from '../value.ts';
import { madeInteger } from './clock-arithmetic.ts';
import { ClockNumber, SteadyNumber } from './clock-number.ts';
import { type LocalPart, localSpan } from './local-spans.ts';
import { NoTimeWindow, type TimeWindow } from './time-window.ts';

const NS_PER_SECOND = 1_000_000_000n;

/** Numbers that each builtin gives of a moment. */
const PARTS: Readonly<Record<string, readonly LocalPart[]>> = {
  'time.clock': ['hour', 'minute', 'second'],
  'time.date': ['day', 'day', 'day'],
};

/** Builtins that give a text of a moment, which cannot know when it is looked at. */
const TEXTS: ReadonlySet<string> = new Set(['time.weekday', 'time.format']);

/** As `clockArithmetic`, for the builtins that take a moment apart, and `time.add_date` of days. */
export function clockCalendar({ name, call }: Builtin, window: TimeWindow): Builtin['call'] | undefined {
  if (name === 'time.add_date') {
    return (context, value, years, months, days) => {
      // Months differ in length, and days in a zone do: the result may stand still or step back.
      const isPlain =
        value instanceof ClockNumber && value.integerAt !== undefined && years === 0 && months === 0;
      if (!isPlain) return call(context, value, years, months, days);
      return madeInteger(window, (ns) => call(context, value.at(ns), 0, 0, days));
    };
  }
  const parts = Object.hasOwn(PARTS, name) ? PARTS[name]! : undefined;
  if (parts === undefined && !TEXTS.has(name)) return undefined;
  return (context, value) => {
    const moment = Array.isArray(value) ? value[0] : value;
    if (!(moment instanceof ClockNumber)) return call(context, value);
    const { integerAt } = moment;
    if (integerAt === undefined || !window.ends.every((ns) => isMoment(integerAt(ns)))) {
      throw new NoTimeWindow('no moment that calendars know');
    }
    const shown = (number: RegoNumber): RegoValue =>
      Array.isArray(value) ? [number, ...value.slice(1)] : number;
    const now = shown(moment.at(window.nowNs));
    const result = call(context, now);
    const keep = (part: LocalPart): void => keepPart(window, integerAt, now, part);
    if (parts === undefined) {
      const layout = Array.isArray(value) ? value.slice(2) : [];
      keep(shownPart((ns) => call(context, [bigintToNumber(ns), 'UTC', ...layout])));
      return result;
    }
    return (result as RegoNumber[]).map(
      (number, index) => new SteadyNumber(number, () => keep(parts[index]!)),
    );
  };
}

function isMoment(ns: bigint): boolean {
  return BigInt.asIntN(64, ns) === ns;
}

/** Shortens the window to where the local time of the moment has the same day, hour, minute or second. */
function keepPart(
  window: TimeWindow,
  momentAt: (ns: bigint) => bigint,
  now: RegoValue,
  part: LocalPart,
): void {
  const { time } = timeOperand(now);
  const span = localSpan(time.seconds, time.zone, part).map((seconds) => BigInt(seconds) * NS_PER_SECOND);
  const [from, until] = span as [bigint, bigint];
  window.keep(
    (ns) => {
      const moment = momentAt(ns);
      if (moment < from) return -1;
      return moment < until ? 0 : 1;
    },
    () => span.map((edge) => window.guessMs((ns) => Number(momentAt(ns)), Number(edge))),
  );
}

/** A moment at which each part of the time, and its fraction, is another than at all of those below. */
const PROBE_NS = BigInt(Date.parse('2026-01-01T13:11:12.500Z')) * 1_000_000n;
/** A moment that has the same day, hour, minute or second, and is otherwise as different as can be. */
const OTHERS: readonly (readonly [LocalPart, bigint])[] = [
  ['day', '2026-01-01T00:00:00Z'],
  ['hour', '2026-01-01T13:00:00Z'],
  ['minute', '2026-01-01T13:11:00Z'],
  ['second', '2026-01-01T13:11:12Z'],
].map(([part, text]) => [part as LocalPart, BigInt(Date.parse(text!)) * 1_000_000n + 1n]);

/** The longest part of the local time that has always the same text: what shows no hours is the same all day. */
function shownPart(textAt: (ns: bigint) => RegoValue | undefined): LocalPart {
  const text = textAt(PROBE_NS);
  const [part] = OTHERS.find(([, ns]) => textAt(ns) === text) ?? [];
  if (part !== undefined) return part;
  throw new NoTimeWindow('a text that shows less than a second');
}
