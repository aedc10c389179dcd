import { FULL, SCALAR } from '../footprint.ts';
import { ANY_SCALAR, shapeOf, type Value } from './atoms.ts';
import { Box } from './box.ts';
import { hasNow, type Observer, type Reason } from './observer.ts';
import type { Values } from './values.ts';

/**
 * Builtins that a date which depends on the time may be handed to while it still can be told how long the answer holds (`clock`
 * in ../footprint.ts): sums with and products by what does not depend on it, parts of dates, and comparisons. Those that ../../time-windows
 * follows; that looks at what each evaluation does, so that more of them here cost time and no answer.
 */
const CLOCK_ARITHMETIC: ReadonlySet<string> = new Set(['div', 'minus', 'mul', 'plus']);
const CLOCK_ROUNDING: ReadonlySet<string> = new Set(['ceil', 'floor', 'round']);
const CLOCK_PARTS: ReadonlySet<string> = new Set(['time.clock', 'time.date']);
const CLOCK_TEXTS: ReadonlySet<string> = new Set(['time.format', 'time.weekday']);
export const CLOCK_COMPARISONS: ReadonlySet<string> = new Set(['equal', 'gt', 'gte', 'lt', 'lte', 'neq']);

/** What such a builtin gives of a date that depends on the time; undefined where it is handed something else, or is another builtin. */
export function clockCall(
  name: string,
  args: readonly Value[],
  observer: Observer,
  reason: Reason,
  values: Values,
): Value | undefined {
  if (CLOCK_ARITHMETIC.has(name)) {
    const [a, b] = args as readonly [Value, Value];
    if (hasNow(a) === hasNow(b)) return undefined;
    // A number stands on one side, so a set on the other is an error, which its type tells.
    const bits = onlyNow(a) || onlyNow(b) ? SCALAR : FULL;
    for (const arg of args) seeButNow(arg, bits, observer, reason, values);
    const other = hasNow(a) ? a : b;
    return onlyNow(other) ? values.now : values.join(values.now, values.any);
  }
  const [date, ...others] = args;
  if (date === undefined) return undefined;
  if (name === 'time.add_date') {
    if (!hasNow(date) || others.some(hasNow)) return undefined;
    seeButNow(date, FULL, observer, reason, values);
    for (const other of others) observer.see(other, SCALAR, reason);
    return onlyNow(date) ? values.now : values.join(values.now, values.scalars);
  }
  if (CLOCK_ROUNDING.has(name)) {
    if (!hasNow(date)) return undefined;
    seeButNow(date, SCALAR, observer, reason, values);
    return onlyNow(date) ? values.now : values.join(values.now, values.scalars);
  }
  const isParts = CLOCK_PARTS.has(name);
  if (!isParts && !CLOCK_TEXTS.has(name)) return undefined;
  // How long a text is the same is known when it is made, whatever becomes of it.
  const given = isParts ? values.nowParts : values.scalars;
  if (hasNow(date)) {
    seeButNow(date, FULL, observer, reason, values);
    return onlyNow(date) ? given : values.join(given, isParts ? values.any : values.scalars);
  }
  // A date and the name of its zone.
  const [box] = date.atoms;
  if (date.atoms.length !== 1 || !(box instanceof Box) || box.type !== 'array') return undefined;
  const first = box.at('0', observer);
  if (box.rest(observer).atoms.length > 0 || !hasNow(first) || shapeOf(first) > ANY_SCALAR) return undefined;
  for (const field of box.fields(observer).values()) seeButNow(field, FULL, observer, reason, values);
  return given;
}

function onlyNow({ atoms }: Value): boolean {
  return atoms.every(({ kind }) => kind === 'now');
}

function seeButNow(value: Value, bits: number, observer: Observer, reason: Reason, values: Values): void {
  observer.see(
    values.filter(value, ({ kind }) => kind !== 'now'),
    bits,
    reason,
  );
}
