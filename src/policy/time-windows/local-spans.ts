import { SECONDS_PER_DAY } from '../builtins/go-calendar.ts';
import type { TimeZone } from '../builtins/go-time.ts';

/** How long a part of the local time stays what it is, seconds. */
const PART_SECONDS: Readonly<Record<LocalPart, number>> = {
  day: SECONDS_PER_DAY,
  hour: 3600,
  minute: 60,
  second: 1,
};

export type LocalPart = 'day' | 'hour' | 'minute' | 'second';

/**
 * The span of seconds since the epoch, [from, until), around a moment in which local clocks in the zone show the same day, hour,
 * minute or second, and are equally far ahead of UTC under the same name: it ends where clocks are changed. No zone changes them twice within a day.
 */
export function localSpan(seconds: number, zone: TimeZone, part: LocalPart): readonly [number, number] {
  const { offsetSeconds: offset, abbreviation } = zone.at(seconds);
  const length = PART_SECONDS[part];
  const from = Math.floor((seconds + offset) / length) * length - offset;
  const until = from + length;
  const isSame = (second: number): boolean => {
    const there = zone.at(second);
    return there.offsetSeconds === offset && there.abbreviation === abbreviation;
  };
  return [
    isSame(from) ? from : firstOf(from, seconds, isSame),
    isSame(until - 1) ? until : firstOf(seconds, until - 1, (second) => !isSame(second)),
  ];
}

/** The first second after `before` for which it holds, as it does for `after`. */
function firstOf(before: number, after: number, holds: (second: number) => boolean): number {
  let [no, yes] = [before, after];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
