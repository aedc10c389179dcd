/** A google.protobuf.Timestamp. */
export interface WireTimestamp {
  readonly seconds: number;
  readonly nanos: number;
}

/** The last millisecond that a google.protobuf.Timestamp can say, at the end of the year 9999. */
const MAX_MS = 253_402_300_799_999;

/** `valid_until` of an answer; undefined when no limit is known. In whole milliseconds, and never later than it is. */
export function validUntil(validUntilMs: number): WireTimestamp | undefined {
  if (validUntilMs === Number.POSITIVE_INFINITY) return undefined;
  const ms = Math.min(Math.max(Math.floor(validUntilMs), 0), MAX_MS);
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
}
