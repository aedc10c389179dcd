import type { Advice } from './advice.ts';
import type { FootprintText } from './describe-footprint.ts';

/**
 * What makes that answers which were kept and found again `before` are not any more: what the advice for `after` says of
 * it. Empty where nothing got worse, be it that nothing could.
 */
export function cacheLosses(before: FootprintText, after: FootprintText): Advice[] {
  const { class: kept, wholeInput, volatileReads } = before.cacheability;
  if (kept === 'never') return [];
  const known = new Set(volatileReads.flatMap(({ parts }) => parts));
  const grown = after.cacheability.volatileReads.filter(({ parts }) =>
    parts.some((part) => !known.has(part)),
  );
  return after.advice.filter(({ about, path }) => {
    if (about === 'clock') return kept !== 'time_resolution';
    if (about === 'whole_input') return !wholeInput;
    if (about === 'volatile_read') return !wholeInput && grown.some((read) => read.path === path);
    return true;
  });
}
