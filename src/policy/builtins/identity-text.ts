import { ExactNumber, type RegoValue } from '../value.ts';
import { sortedElements, sortedEntries } from './compare.ts';
import { numberIdentity } from './numbers.ts';

/** A text that two values share when, and only when, OPA takes them for equal: `1` and `1.0` are, 1 and "1" are not. */
export function identityText(value: RegoValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || value instanceof ExactNumber) return numberIdentity(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(identityText).join()}]`;
  if (value instanceof Set) return `<${sortedElements(value).map(identityText).join()}>`;
  const entries = sortedEntries(value).map(([key, member]) => `${identityText(key)}:${identityText(member)}`);
  return `{${entries.join()}}`;
}
