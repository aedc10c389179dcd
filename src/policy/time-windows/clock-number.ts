import { bigintToNumber, numberText } from '../builtins/numbers.ts';
import { ExactNumber, type RegoNumber, type RegoValue } from '../value.ts';
import { NoTimeWindow } from './time-window.ts';

/**
 * A number that knows when it is looked at: whatever compares, prints or computes with an ExactNumber reads its text. So nothing
 * that a policy does with it goes unnoticed, and what only hands it on does not matter.
 */
class WatchedNumber extends ExactNumber {
  constructor(look: () => string) {
    super('');
    Object.defineProperty(this, 'text', { get: look });
  }
}

/**
 * A number made from the time. It cannot be looked at: what a nanosecond more or less would make of the answer is unknown then.
 * `at` tells what it is at another time; throughout the window it only rises or only falls with the time.
 */
export class ClockNumber extends WatchedNumber {
  readonly at: (ns: bigint) => RegoNumber;
  /** The same, of a number that is an integer at all times: exact, however large. */
  readonly integerAt: ((ns: bigint) => bigint) | undefined;

  constructor(at: (ns: bigint) => RegoNumber, integerAt: ((ns: bigint) => bigint) | undefined) {
    super(() => {
      throw new NoTimeWindow('something looked at the time');
    });
    this.at = at;
    this.integerAt = integerAt;
  }
}

/** An integer that is made from the time. */
export function clockInteger(integerAt: (ns: bigint) => bigint): ClockNumber {
  return new ClockNumber((ns) => bigintToNumber(integerAt(ns)), integerAt);
}

/** A number that stays what it is for a while: an hour, a minute, a day. Looked at, it shortens the window to that. */
export class SteadyNumber extends WatchedNumber {
  constructor(value: RegoNumber, keep: () => void) {
    let kept = false;
    super(() => {
      if (!kept) keep();
      kept = true;
      return numberText(value);
    });
  }
}

export function isNumber(value: RegoValue | undefined): value is RegoNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}
