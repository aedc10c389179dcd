import type { RegoNumber, RegoValue } from '../value.ts';
import { ExactNumber } from '../value.ts';
import { BuiltinError } from './builtin.ts';
import { typeName } from './compare.ts';
import { isInteger, parseBigFloat, truncate } from './go-big-float.ts';
import { type GoTime, type TimeZone, timeFromNs, timeToNs, UTC } from './go-time.ts';
import { bigintToNumber, MAX_INTEGER_DIGITS, numberText } from './numbers.ts';
import { numberOperand, operandError, stringOperand } from './operands.ts';
import { timeZone } from './time-zone.ts';

/** A moment as the `time` builtins take it: `ns`, `[ns]`, `[ns, zone]` or `[ns, zone, layout]`. */
export interface TimeOperand {
  readonly time: GoTime;
  /** Empty when none was given. */
  readonly layout: string;
}

export function timeOperand(value: RegoValue | undefined): TimeOperand {
  if (!Array.isArray(value)) {
    if (typeof value !== 'number' && !(value instanceof ExactNumber)) throw wrongType(value);
    return { time: timeFromNs(nanoseconds(value), UTC), layout: '' };
  }
  if (value.length === 0) throw wrongType(value);
  const [ns, name, layout] = value;
  const number = numberOperand(ns, 1);
  const zone: TimeZone = value.length > 1 ? timeZone(stringOperand(name, 1)) : UTC;
  const form = value.length > 2 ? stringOperand(layout, 1) : '';
  return { time: timeFromNs(nanoseconds(number), zone), layout: form };
}

/** The moment in nanoseconds as a number. Throws when 64 bits cannot hold it, before 1677 or after 2262. */
export function nanosecondsResult(time: GoTime): RegoNumber {
  const ns = timeToNs(time);
  if (ns === undefined) throw new BuiltinError('time outside of valid range');
  return bigintToNumber(ns);
}

/** OPA reads the number with 64 bits of precision and wants a 64-bit integer. A text beyond any sense is not read. */
function nanoseconds(value: RegoNumber): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  const text = numberText(value);
  const float = text.length > MAX_INTEGER_DIGITS ? undefined : parseBigFloat(text);
  const integer = float !== undefined && isInteger(float) ? truncate(float, 64) : undefined;
  if (integer === undefined || BigInt.asIntN(64, integer) !== integer) {
    throw new BuiltinError('timestamp too big');
  }
  return integer;
}

function wrongType(value: RegoValue | undefined): BuiltinError {
  const got = value === undefined ? 'nothing' : typeName(value);
  return operandError(1, `must be one of {either number (ns) or [number (ns), string (tz)]} but got ${got}`);
}
