import type { Effect } from '../policy/builtins/builtin.ts';
import type { Evaluation } from '../policy/evaluator.ts';
import type { Footprint } from '../policy/plan/footprint.ts';
import type { Span } from './cache.ts';
import { UNCACHEABLE } from './cache-entrypoint.ts';
import type { Outcome } from './decision.ts';
import { interpret } from './outcome.ts';
import { differingPlaces } from './shadow-places.ts';

/**
 * How an answer was wrong. `value`: the whole input is answered otherwise. `conflict`: it is not answered at all, because
 * rules contradict each other. `effects`: the answer could be kept, and that of the whole input could not. `window`: it was
 * to be kept for longer than that of the whole input holds.
 */
export type DifferenceKind = 'value' | 'conflict' | 'effects' | 'window';

export interface Difference {
  readonly kind: DifferenceKind;
  /** JSON pointers into the value, where it is the value that differs. */
  readonly places: readonly string[];
}

/**
 * What tells an answer from that of the whole input; undefined when they are the same. Values are the same when their
 * JSON is, up to the order of keys: an answer shows the text of a number, so `1` is not `1.0`. At any time within its
 * window an evaluation takes the same course, so it finds the same window again, and the spans must agree but for the
 * maximum age. Where the clock is only compared, how long an answer holds is found out as time permits: the value alone
 * counts there.
 * @param span when the answer may be served; undefined when it may not be kept
 * @param whole the evaluation of the whole input, at the time of the answer
 * @param clock what the footprint says of the clock
 */
export function differenceOf(
  outcome: Outcome,
  span: Span | undefined,
  whole: Evaluation,
  clock: Footprint['clock'],
): Difference | undefined {
  const places = differingPlaces(outcome.json, whole.json);
  if (places.length > 0) return { kind: 'value', places };
  if (outcome.status !== interpret(whole.json).status) return { kind: 'value', places: [''] };
  if (span === undefined) return undefined;
  const compared = clock === 'compared';
  const excused: Effect | undefined = compared ? 'clock' : undefined;
  if (whole.effects.some((effect) => effect !== excused && UNCACHEABLE.has(effect)))
    return { kind: 'effects', places };
  // Bounds may be no numbers, which nothing is within.
  const within = span.fromMs >= whole.validFromMs && span.untilMs <= whole.validUntilMs;
  return within || compared ? undefined : { kind: 'window', places };
}
