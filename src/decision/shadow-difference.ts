import type { Effect } from '../policy/builtins/builtin.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { Footprint } from '../policy/plan/footprint.ts';
import type { Span } from './cache.ts';
import { UNCACHEABLE } from './cache-entrypoint.ts';
import type { Outcome } from './decision.ts';
import { differingPlaces } from './shadow-places.ts';

/**
 * How an answer was wrong. `value`: the whole input is answered otherwise. `conflict`: it is not answered at all, because
 * rules contradict each other. `effects`: the answer may be kept, and that of the whole input may not. `window`: it was
 * given at a time at which it did not hold.
 */
export type DifferenceKind = 'value' | 'conflict' | 'effects' | 'window';

export interface Difference {
  readonly kind: DifferenceKind;
  /** JSON pointers into the value, where it is the value that differs. */
  readonly places: readonly string[];
}

/**
 * What tells an answer from that of the whole input; undefined when they are the same. Values are the same when their
 * JSON is, up to the order of keys: an answer shows the text of a number, so `1` is not `1.0`. Windows may differ: of an answer that
 * is right at two times, one evaluation may find that it holds for less long than the other does, as where two claims of a
 * token both refuse it. Both then hold; but the time of the answer must be in both.
 * @param span when the answer may be served; undefined when it may not be kept
 * @param whole the evaluation of the whole input, at the time of the answer
 * @param wallMs the time of the answer
 * @param clock what the footprint says of the clock. Where it is only compared, how long an answer holds is found out as
 *   time permits, and may be missing in one of two evaluations
 */
export function differenceOf(
  outcome: Outcome,
  span: Span | undefined,
  whole: Evaluation,
  wallMs: number,
  clock: Footprint['clock'],
): Difference | undefined {
  const places = differingPlaces(outcome.json, whole.json);
  if (places.length > 0) return { kind: 'value', places };
  if (span === undefined) return undefined;
  const excused: Effect | undefined = clock === 'compared' ? 'clock' : undefined;
  if (whole.effects.some((effect) => effect !== excused && UNCACHEABLE.has(effect)))
    return { kind: 'effects', places };
  const { fromMs, untilMs } = span;
  const { validFromMs, validUntilMs } = whole;
  // Bounds may be no numbers, which nothing is within.
  const holds = wallMs >= fromMs && wallMs < untilMs && wallMs >= validFromMs && wallMs < validUntilMs;
  return holds ? undefined : { kind: 'window', places };
}
