import { output, writeText } from './output.ts';
import { MODE_TYPE, MODE_VALUE } from './program.ts';
import * as memory from './scan-memory.ts';

const { source } = memory;
const out = output;

/** Kinds: places in `NUMBERS`. */
const INT32 = 0;
const UINT32 = 1;
const BOOL = 3;

/** Of a varint: what has more may be beyond 2^53. */
const EXACT_BYTES = 7;
/** Negative numbers have ten bytes, of which small ones fill the last six with ones. */
const NEGATIVE_BYTES = 10;
const SMALL_BYTES = 4;

const MINUS = 0x2d;
const DIGIT_0 = 0x30;

/** A number or a truth value (0 or 1) of the message; NaN where a double does not hold it, which is never 0. */
export function integerAt(start: number, end: number, kind: number): number {
  let value = 0;
  if (end - start > EXACT_BYTES) {
    if (kind === BOOL || kind === UINT32 || !isSmallNegative(start, end))
      return bigIntegerAt(start, end, kind);
    for (let at = start + SMALL_BYTES - 1; at >= start; at--) value = value * 128 + (source[at]! & 0x7f);
    return value - 128 ** SMALL_BYTES;
  }
  for (let at = end - 1; at >= start; at--) value = value * 128 + (source[at]! & 0x7f);
  if (kind === BOOL) return value === 0 ? 0 : 1;
  if (kind === INT32) return value | 0;
  return kind === UINT32 ? value >>> 0 : value;
}

function isSmallNegative(start: number, end: number): boolean {
  if (end - start !== NEGATIVE_BYTES || source[end - 1] !== 1) return false;
  for (let at = start + SMALL_BYTES; at < end - 1; at++) if (source[at] !== 0xff) return false;
  return true;
}

function bigIntegerAt(start: number, end: number, kind: number): number {
  const bits = bitsAt(start, end);
  if (kind === BOOL) return bits === 0n ? 0 : 1;
  if (kind === INT32) return Number(BigInt.asIntN(32, bits));
  if (kind === UINT32) return Number(BigInt.asUintN(32, bits));
  const value = Number(BigInt.asIntN(64, bits));
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

function bitsAt(start: number, end: number): bigint {
  let bits = 0n;
  for (let at = end - 1; at >= start; at--) bits = (bits << 7n) | BigInt(source[at]! & 0x7f);
  return bits;
}

/**
 * Writes what `integerAt` gave of a place as a mode shows it. What JSON.parse and OPA read exactly, and what the decoder leaves to the text
 * of a number: all that is beyond 2^53 keeps its digits in both.
 */
export function writeNumber(
  value: number,
  start: number,
  end: number,
  kind: number,
  mode: number,
  to: number,
): number {
  if (mode === MODE_VALUE && kind !== BOOL) {
    return Number.isNaN(value)
      ? writeText(String(BigInt.asIntN(64, bitsAt(start, end))), to)
      : writeInteger(value, to);
  }
  if (mode !== MODE_VALUE && mode !== MODE_TYPE) return writeText('null', to);
  return writeText(kind !== BOOL ? '0' : value === 0 ? 'false' : 'true', to);
}

/** Digit by digit from the last one, and then turned round. */
function writeInteger(value: number, to: number): number {
  let at = to;
  let rest = value;
  if (rest < 0) {
    out[at++] = MINUS;
    rest = -rest;
  }
  let first = at;
  for (; rest > 0x7fffffff; rest = Math.floor(rest / 10)) out[at++] = DIGIT_0 + (rest % 10);
  let small = rest | 0;
  do {
    const tenth = (small / 10) | 0;
    out[at++] = DIGIT_0 + small - tenth * 10;
    small = tenth;
  } while (small > 0);
  for (let last = at - 1; first < last; first++, last--) {
    const digit = out[first]!;
    out[first] = out[last]!;
    out[last] = digit;
  }
  return at;
}
