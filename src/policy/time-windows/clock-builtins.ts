import type { Builtin } from '../builtins/builtin.ts';
import { NATIVE_BUILTINS } from '../builtins/native/registry.ts';
import { clockArithmetic } from './clock-arithmetic.ts';
import { clockCalendar } from './clock-calendar.ts';
import { type ClockNumber, clockInteger } from './clock-number.ts';
import type { TimeWindow } from './time-window.ts';

/**
 * The builtins, native ones included, of an evaluation that finds out how long its answer holds: `time.now_ns` gives a number
 * that knows when it is looked at, and those that understand it shorten the window.
 */
export function clockBuiltins(
  builtins: ReadonlyMap<string, Builtin>,
  window: TimeWindow,
): ReadonlyMap<string, Builtin> {
  const watched = new Map<string, Builtin>();
  for (const builtin of [...NATIVE_BUILTINS.values(), ...builtins.values()]) {
    const call = clockArithmetic(builtin, window) ?? clockCalendar(builtin, window);
    watched.set(builtin.name, call === undefined ? builtin : { ...builtin, call });
  }
  let now: ClockNumber | undefined;
  let nowNs: bigint | undefined;
  // Without an effect: the record of its calls would look at the number.
  watched.set('time.now_ns', {
    name: 'time.now_ns',
    effects: [],
    call: (context) => {
      window.open(context.nowNs);
      if (nowNs !== context.nowNs) now = clockInteger((ns) => ns);
      nowNs = context.nowNs;
      return now;
    },
  });
  return watched;
}
