import { daysInMonth } from './go-calendar.ts';
import { type GoTime, localTime } from './go-time.ts';

/**
 * The difference of two times in years, months, days, hours, minutes and seconds, in the zone of the first; never
 * negative. The arithmetic of calendar and clock borrows from the next larger unit, a month having the days of the
 * earlier time's month.
 */
export function timeDifference(left: GoTime, right: GoTime): number[] {
  const moved: GoTime = { ...right, zone: left.zone };
  const [from, to] = isAfter(left, moved) ? [moved, left] : [left, moved];
  const start = localTime(from);
  const end = localTime(to);
  const borrow = carry();
  const second = borrow(end.clock.second - start.clock.second, 60);
  const minute = borrow(end.clock.minute - start.clock.minute, 60);
  const hour = borrow(end.clock.hour - start.clock.hour, 24);
  const day = borrow(end.date.day - start.date.day, daysInMonth(start.date.month, start.date.year));
  const month = borrow(end.date.month - start.date.month, 12);
  return [borrow(end.date.year - start.date.year, 0), month, day, hour, minute, second];
}

function isAfter(left: GoTime, right: GoTime): boolean {
  return left.seconds === right.seconds ? left.nanoseconds > right.nanoseconds : left.seconds > right.seconds;
}

/** Subtracts what the smaller unit borrowed; a negative amount borrows one of the next larger unit. */
function carry(): (amount: number, size: number) => number {
  let borrowed = 0;
  return (amount, size) => {
    const value = amount - borrowed;
    borrowed = value < 0 ? 1 : 0;
    return value < 0 ? value + size : value;
  };
}
