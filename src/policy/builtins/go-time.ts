import {
  type CivilDate,
  type ClockTime,
  clockOfSeconds,
  dateFromDays,
  SECONDS_PER_DAY,
} from './go-calendar.ts';

/** Where a moment is looked at: how far local time is ahead of UTC, and what that time is called. */
export interface TimeZone {
  /** Offset and abbreviation (`CET`, `+0530`, `UTC`) at a moment, in seconds since the epoch. */
  at(seconds: number): ZoneOffset;
}

export interface ZoneOffset {
  readonly offsetSeconds: number;
  readonly abbreviation: string;
}

export const UTC: TimeZone = { at: () => ({ offsetSeconds: 0, abbreviation: 'UTC' }) };

/** A moment to the nanosecond with the zone to show it in: Go's time.Time. */
export interface GoTime {
  /** Whole seconds since the epoch, rounded down. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
  readonly zone: TimeZone;
}

/** The time as a calendar and a clock in its zone show it. */
export interface LocalTime extends ZoneOffset {
  readonly date: CivilDate;
  readonly clock: ClockTime;
  /** Days from 1970-01-01 to the local date. */
  readonly days: number;
}

export function localTime(time: GoTime): LocalTime {
  const zone = time.zone.at(time.seconds);
  const local = time.seconds + zone.offsetSeconds;
  const days = Math.floor(local / SECONDS_PER_DAY);
  return {
    offsetSeconds: zone.offsetSeconds,
    abbreviation: zone.abbreviation,
    date: dateFromDays(days),
    clock: clockOfSeconds(local),
    days,
  };
}

/**
 * The moment at which local clocks in the zone show the given time, itself given as if it were UTC. In a gap or an
 * overlap Go takes the offset that holds at the guess; so does this (time.Date).
 */
export function fromLocalSeconds(localSeconds: number, zone: TimeZone): number {
  const guess = zone.at(localSeconds).offsetSeconds;
  if (guess === 0) return localSeconds;
  return localSeconds - zone.at(localSeconds - guess).offsetSeconds;
}

const NANOSECONDS = 1_000_000_000n;

export function timeFromNs(ns: bigint, zone: TimeZone): GoTime {
  const remainder = ns % NANOSECONDS;
  const nanoseconds = remainder < 0n ? remainder + NANOSECONDS : remainder;
  return { seconds: Number((ns - nanoseconds) / NANOSECONDS), nanoseconds: Number(nanoseconds), zone };
}

/** Nanoseconds since the epoch; undefined outside 1677-09-21 to 2262-04-11, which 64 bits cannot hold. */
export function timeToNs({ seconds, nanoseconds }: GoTime): bigint | undefined {
  if (!(Math.abs(seconds) < 1e10)) return undefined;
  const ns = BigInt(seconds) * NANOSECONDS + BigInt(nanoseconds);
  return BigInt.asIntN(64, ns) === ns ? ns : undefined;
}
