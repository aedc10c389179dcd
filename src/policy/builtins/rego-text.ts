import { ExactNumber, type RegoValue } from '../value.ts';
import { sortedElements, sortedEntries } from './compare.ts';
import { quote } from './go-quote.ts';
import { numberText } from './numbers.ts';

/** The value as Rego source, which is how OPA shows composite values in text: sorted, `set()` for the empty set. */
export function regoText(value: RegoValue): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || value instanceof ExactNumber) return numberText(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(regoText).join(', ')}]`;
  if (value instanceof Map) {
    return `{${sortedEntries(value)
      .map(([key, entry]) => `${regoText(key)}: ${regoText(entry)}`)
      .join(', ')}}`;
  }
  return value.size === 0 ? 'set()' : `{${sortedElements(value).map(regoText).join(', ')}}`;
}
