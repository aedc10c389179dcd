import type { RegoSet, RegoValue } from '../../value.ts';
import { identityText } from '../identity-text.ts';

/** A set of the values; of equal ones the first counts. */
export function setOf(values: Iterable<RegoValue>): RegoSet {
  const set: RegoSet = new Set(values);
  const known = new Set<string>();
  for (const value of set) {
    // Equal values of these types are identical.
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) continue;
    const identity = identityText(value);
    if (known.has(identity)) set.delete(value);
    else known.add(identity);
  }
  return set;
}
