import type { RegoSet, RegoValue } from '../../value.ts';
import { add } from '../collections.ts';

/** A set of the values; of equal ones the first counts. */
export function setOf(values: Iterable<RegoValue>): RegoSet {
  const set: RegoSet = new Set();
  for (const value of values) add(set, value);
  return set;
}
