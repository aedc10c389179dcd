/** The header `grpc-timeout` (gRPC over HTTP/2, "Timeout"). */

/** Milliseconds by unit: hour, minute, second, milli-, micro-, nanosecond. */
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

const MAX_DIGITS = 8;

/**
 * The milliseconds that a caller gives for its answer, fractions too; undefined when this is not one to eight digits and a unit.
 * A call with such a timeout is answered with INTERNAL, as grpc-go and grpc-js do: without knowing how long it is wanted it must
 * not run for ever, and whoever wrote the header must learn of it. Zero, which the specification leaves out and both of them take,
 * is a deadline that has passed.
 */
export function parseTimeoutMs(text: string): number | undefined {
  const digits = text.length - 1;
  if (digits < 1 || digits > MAX_DIGITS) return undefined;
  const unitMs = UNIT_MS[text[digits]!];
  if (unitMs === undefined) return undefined;
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value * unitMs;
}
