import type { Builtin } from '../builtins/builtin.ts';
import {
  compareNumbers,
  numberText,
  numberToBigint,
  numberToFloat,
  textToNumber,
} from '../builtins/numbers.ts';
import type { RegoNumber, RegoValue } from '../value.ts';
import { ClockNumber, clockInteger, isNumber } from './clock-number.ts';
import { NoTimeWindow, type TimeWindow } from './time-window.ts';

/** Below it integers are exact also where OPA computes with the 64 bits of its fractions. */
const EXACT = 2 ** 63;

/** Rise or fall with each operand throughout, where the other stays the same. */
const ARITHMETIC: ReadonlySet<string> = new Set(['plus', 'minus', 'mul', 'div']);
/** What they give of integers, whatever their size. */
const EXACTLY: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  mul: (a, b) => a * b,
};
/** Rise with their operand. */
const ROUNDING: ReadonlySet<string> = new Set(['floor', 'ceil', 'round']);
const COMPARISONS: ReadonlySet<string> = new Set(['equal', 'neq', 'lt', 'lte', 'gt', 'gte']);

/**
 * The builtin for operands that are made from the time; undefined where it is none that can be asked so. Whatever does not fit goes to the
 * builtin itself, which looks at its operands.
 */
export function clockArithmetic(builtin: Builtin, window: TimeWindow): Builtin['call'] | undefined {
  const { name, call } = builtin;
  if (ARITHMETIC.has(name)) return arithmetic(builtin, window);
  if (ROUNDING.has(name)) {
    return (context, a) => {
      if (!(a instanceof ClockNumber)) return call(context, a);
      // Of fractions between -1 and 0, OPA's ceil is 1.
      if (name === 'ceil' && window.ends.some((ns) => compareNumbers(a.at(ns), 0) < 0)) {
        throw new NoTimeWindow('ceil of a negative number');
      }
      return madeInteger(window, (ns) => call(context, a.at(ns)));
    };
  }
  return COMPARISONS.has(name) ? comparison(builtin, window) : undefined;
}

function arithmetic({ name, call }: Builtin, window: TimeWindow): Builtin['call'] {
  const exact = EXACTLY[name];
  return (context, a, b) => {
    const isFirst = a instanceof ClockNumber;
    const [clock, other] = isFirst ? [a, b] : [b, a];
    if (!(clock instanceof ClockNumber) || !isPlain(other)) return call(context, a, b);
    if (name === 'div' && !isFirst) throw new NoTimeWindow('something divided by the time');
    const value = plain(other);
    // An error at all times.
    if (name === 'div' && compareNumbers(value, 0) === 0) return call(context, 1, value);
    const compute = (ns: bigint): RegoValue | undefined =>
      isFirst ? call(context, clock.at(ns), value) : call(context, value, clock.at(ns));
    const { integerAt } = clock;
    const integer = numberToBigint(value);
    if (exact === undefined || integerAt === undefined || integer === undefined) {
      return madeFraction(window, compute);
    }
    const made = clockInteger((ns) =>
      isFirst ? exact(integerAt(ns), integer) : exact(integer, integerAt(ns)),
    );
    // So that it is what the builtin gives, and no number that would be too large for it.
    const now = orNone(compute, window.nowNs);
    if (isNumber(now) && compareNumbers(now, made.at(window.nowNs)) === 0) return made;
    throw new NoTimeWindow('another number came of the time');
  };
}

function comparison({ name, call }: Builtin, window: TimeWindow): Builtin['call'] {
  return (context, a, b) => {
    const isFirst = a instanceof ClockNumber;
    const [clock, other] = isFirst ? [a, b] : [b, a];
    if (!(clock instanceof ClockNumber) || !isPlain(other)) return call(context, a, b);
    const value = plain(other);
    const { at, integerAt } = clock;
    const integer = numberToBigint(value);
    const orderAt =
      integerAt === undefined || integer === undefined
        ? (ns: bigint): number => Math.sign(compareNumbers(at(ns), value))
        : (ns: bigint): number => orderOf(integerAt(ns), integer);
    const holdsAt = (ns: bigint): boolean => {
      const order = orderAt(ns);
      return (isFirst ? call(context, order, 0) : call(context, 0, order)) as boolean;
    };
    // It is equal for a moment, if at all: on which side it is does change once only.
    const outcome = name === 'equal' || name === 'neq' ? orderAt : holdsAt;
    window.keep(outcome, () => [window.guessMs((ns) => numberToFloat(at(ns)), numberToFloat(value))]);
    return holdsAt(window.nowNs);
  };
}

function orderOf(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A number that rises or falls with the time. Integers and fractions are rounded alike only below 2^63, and only so they keep their order. */
function madeFraction(window: TimeWindow, compute: (ns: bigint) => RegoValue | undefined): ClockNumber {
  const at = (ns: bigint): RegoNumber => {
    const value = orNone(compute, ns);
    if (isNumber(value)) return value;
    throw new NoTimeWindow('no number came of the time');
  };
  const isExact = (value: RegoNumber): boolean =>
    compareNumbers(value, EXACT) < 0 && compareNumbers(value, -EXACT) > 0;
  if (window.ends.every((ns) => isExact(at(ns)))) return new ClockNumber(at, undefined);
  throw new NoTimeWindow('a number beyond 64 bits');
}

/** An integer that rises or falls with the time. */
export function madeInteger(window: TimeWindow, compute: (ns: bigint) => RegoValue | undefined): ClockNumber {
  const integerAt = (ns: bigint): bigint => {
    const value = orNone(compute, ns);
    const integer = isNumber(value) ? numberToBigint(value) : undefined;
    if (integer !== undefined) return integer;
    throw new NoTimeWindow('no integer came of the time');
  };
  for (const ns of window.ends) integerAt(ns);
  return clockInteger(integerAt);
}

/** What errs at one time need not at another. */
function orNone(compute: (ns: bigint) => RegoValue | undefined, ns: bigint): RegoValue | undefined {
  try {
    return compute(ns);
  } catch {
    return undefined;
  }
}

/** A number that is not made from the time, or only looked at. */
function isPlain(value: RegoValue | undefined): value is RegoNumber {
  return isNumber(value) && !(value instanceof ClockNumber);
}

/** Looked at once, and not each time that it is computed with. */
function plain(value: RegoNumber): RegoNumber {
  return typeof value === 'number' ? value : textToNumber(numberText(value));
}
