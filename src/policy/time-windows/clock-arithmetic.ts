import type { Builtin } from '../builtins/builtin.ts';
import { compareNumbers, numberText, numberToFloat, textToNumber } from '../builtins/numbers.ts';
import type { RegoNumber, RegoValue } from '../value.ts';
import { ClockNumber, isNumber } from './clock-number.ts';
import { NoTimeWindow, type TimeWindow } from './time-window.ts';

/** Below it integers are exact also where OPA computes with the 64 bits of its fractions. */
const EXACT = 2 ** 63;

/** Rise or fall with each operand throughout, where the other stays the same. */
const ARITHMETIC: ReadonlySet<string> = new Set(['plus', 'minus', 'mul', 'div']);
/** Rise with their operand. */
const ROUNDING: ReadonlySet<string> = new Set(['floor', 'ceil', 'round']);
const COMPARISONS: ReadonlySet<string> = new Set(['equal', 'neq', 'lt', 'lte', 'gt', 'gte']);

/**
 * The builtin for operands that are made from the time; undefined where it is none that can be asked so. Whatever does not fit goes to the
 * builtin itself, which looks at its operands.
 */
export function clockArithmetic(builtin: Builtin, window: TimeWindow): Builtin['call'] | undefined {
  const { name, call } = builtin;
  if (ARITHMETIC.has(name)) {
    return (context, a, b) => {
      const compute = (x: RegoValue, y: RegoValue): RegoValue | undefined => call(context, x, y);
      if (a instanceof ClockNumber && isPlain(b)) {
        const other = plain(b);
        return made(
          window,
          (ns) => compute(a.at(ns), other),
          name !== 'div' && a.isInteger && isWhole(other),
        );
      }
      if (b instanceof ClockNumber && isPlain(a) && name !== 'div') {
        const other = plain(a);
        return made(window, (ns) => compute(other, b.at(ns)), b.isInteger && isWhole(other));
      }
      return call(context, a, b);
    };
  }
  if (ROUNDING.has(name)) {
    return (context, a) => {
      if (!(a instanceof ClockNumber)) return call(context, a);
      // Of fractions between -1 and 0, OPA's ceil is 1.
      if (name === 'ceil' && window.ends.some((ns) => compareNumbers(a.at(ns), 0) < 0)) {
        throw new NoTimeWindow('ceil of a negative number');
      }
      return made(window, (ns) => call(context, a.at(ns)), true);
    };
  }
  return COMPARISONS.has(name) ? comparison(builtin, window) : undefined;
}

function comparison({ name, call }: Builtin, window: TimeWindow): Builtin['call'] {
  return (context, a, b) => {
    const [clock, other] = a instanceof ClockNumber ? [a, b] : [b, a];
    if (!(clock instanceof ClockNumber) || !isPlain(other)) return call(context, a, b);
    const value = plain(other);
    const guess = (): number[] => [window.guessMs((ns) => numberToFloat(clock.at(ns)), numberToFloat(value))];
    if (name === 'equal' || name === 'neq') {
      // It is equal for a moment, if at all: on which side it is does change once only.
      window.keep((ns) => Math.sign(compareNumbers(clock.at(ns), value)), guess);
    } else {
      window.keep((ns) => {
        const at = clock.at(ns);
        return call(context, ...(clock === a ? [at, value] : [value, at])) as boolean;
      }, guess);
    }
    const now = clock.at(window.nowNs);
    return call(context, ...(clock === a ? [now, value] : [value, now]));
  };
}

/**
 * A number made by a builtin that rises or falls with the time. Integers are exact. Where there may be fractions, both are
 * rounded alike only below 2^63, and only so they keep their order.
 */
export function made(
  window: TimeWindow,
  compute: (ns: bigint) => RegoValue | undefined,
  isInteger: boolean,
): ClockNumber {
  const at = (ns: bigint): RegoNumber => {
    const value = compute(ns);
    if (isNumber(value)) return value;
    throw new NoTimeWindow('no number came of the time');
  };
  const isExact = (value: RegoNumber): boolean =>
    compareNumbers(value, EXACT) < 0 && compareNumbers(value, -EXACT) > 0;
  const ends = window.ends.map(at);
  if (!isInteger && !ends.every(isExact)) throw new NoTimeWindow('a number beyond 64 bits');
  return new ClockNumber(at, isInteger);
}

/** A number that is not made from the time, or only looked at. */
function isPlain(value: RegoValue | undefined): value is RegoNumber {
  return isNumber(value) && !(value instanceof ClockNumber);
}

/** Looked at once, and not each time that it is computed with. */
function plain(value: RegoNumber): RegoNumber {
  return typeof value === 'number' ? value : textToNumber(numberText(value));
}

function isWhole(value: RegoNumber): boolean {
  return typeof value === 'number' ? Number.isSafeInteger(value) : /^-?\d+$/.test(value.text);
}
