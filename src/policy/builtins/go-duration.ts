import { formatFloat } from './go-float.ts';

/** A text that is no duration, or one beyond 64 bits of nanoseconds (about 292 years). */
export class DurationError extends Error {
  override readonly name = 'DurationError';
}

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** OPA's units beyond Go's, in hours: a day, a week, a year of 365 days. */
const HOURS: ReadonlyMap<string, number> = new Map([
  ['d', 24],
  ['w', 7 * 24],
  ['y', 365 * 24],
]);

const LIMIT = 1n << 63n;

/** Of the largest number of 63 bits. */
const MAX_DIGITS = 19;

/** Nanoseconds of a duration such as `1h30m`, `-1.5s` or `2d4h`. Throws DurationError. */
export function parseDuration(text: string): bigint {
  return parseGoDuration(/[dwy]/.test(text) ? inHours(text) : text, text);
}

/** Rewrites days, weeks and years as hours, which is how OPA hands them to Go. */
function inHours(text: string): string {
  const match = /^([-+]?)((?:[0-9.]+(?:ms|us|\u00b5s|ns|[a-z]))+)$/.exec(text);
  if (match === null) throw invalid('invalid duration', text);
  const segments = match[2]!.matchAll(/([0-9.]+)(ms|us|\u00b5s|ns|[a-z])/g);
  return (
    match[1]! + Array.from(segments, ([all, digits, unit]) => segment(all, digits!, unit!, text)).join('')
  );
}

function segment(all: string, digits: string, unit: string, text: string): string {
  const hours = HOURS.get(unit);
  if (hours === undefined) return all;
  const value = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isFinite(value)) throw invalid('invalid duration', text);
  const product = value * hours;
  if (!Number.isFinite(product)) throw invalid('invalid duration', text);
  return `${formatFloat(product, 'f', -1)}h`;
}

/** time.ParseDuration, with its 64-bit arithmetic: without days, weeks and years. `original` is for messages. Throws DurationError. */
export function parseGoDuration(text: string, original: string = text): bigint {
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') return 0n;
  if (unsigned === '') throw invalid('invalid duration', original);
  let total = 0n;
  let rest = unsigned;
  while (rest !== '') {
    const [all, whole, fraction, unit] = /^([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/.exec(rest) as unknown as [
      string,
      string,
      string | undefined,
      string,
    ];
    if (whole + (fraction ?? '') === '') throw invalid('invalid duration', original);
    if (unit === '') throw invalid('missing unit in duration', original);
    const scale = UNITS.get(unit);
    if (scale === undefined) throw invalid(`unknown unit ${JSON.stringify(unit)} in duration`, original);
    total = BigInt.asUintN(64, total + amount(integer(whole, original), fraction ?? '', scale, original));
    if (total > LIMIT) throw invalid('invalid duration', original);
    rest = rest.slice(all.length);
  }
  if (text.startsWith('-')) return -total;
  if (total === LIMIT) throw invalid('invalid duration', original);
  return total;
}

/** Checks the length first: making a number of millions of digits takes seconds. */
function integer(digits: string, original: string): bigint {
  const significant = digits.replace(/^0+/, '');
  if (significant.length > MAX_DIGITS) throw invalid('invalid duration', original);
  return BigInt(significant || '0');
}

function amount(whole: bigint, fraction: string, scale: bigint, original: string): bigint {
  if (whole > LIMIT / scale) throw invalid('invalid duration', original);
  const value = whole * scale + fractionOf(fraction, scale);
  if (value > LIMIT) throw invalid('invalid duration', original);
  return value;
}

/** The fraction of a unit, computed in doubles as Go does it; digits beyond 63 bits are dropped. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (LIMIT - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function invalid(reason: string, text: string): DurationError {
  return new DurationError(`time: ${reason} ${JSON.stringify(text)}`);
}
