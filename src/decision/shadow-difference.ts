import type { Evaluation } from '../policy/evaluator.ts';
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
 * JSON is, up to the order of keys: an answer shows the text of a number, so `1` is not `1.0`. At any time within a sound
 * window an evaluation takes the same course and so finds the same window, so the spans must agree too, but for the
 * maximum age.
 * @param span when the answer may be served; undefined when it may not be kept
 * @param whole the evaluation of the whole input, at the time of the answer
 */
export function differenceOf(
  outcome: Outcome,
  span: Span | undefined,
  whole: Evaluation,
): Difference | undefined {
  const places = differingPlaces(outcome.json, whole.json);
  if (places.length > 0) return { kind: 'value', places };
  if (outcome.status !== interpret(whole.json).status) return { kind: 'value', places: [''] };
  if (span === undefined) return undefined;
  if (whole.effects.some((effect) => UNCACHEABLE.has(effect))) return { kind: 'effects', places };
  // Bounds may be no numbers, which nothing is within.
  const within = span.fromMs >= whole.validFromMs && span.untilMs <= whole.validUntilMs;
  return within ? undefined : { kind: 'window', places };
}
