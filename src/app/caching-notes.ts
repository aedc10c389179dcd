import { cacheabilityOf, cachesWell } from '../policy/plan/footprint-text/cacheability.ts';
import type { Activation } from '../reload/policy-set.ts';

/**
 * Of the entrypoints of one bundle that are active: which answers are seldom or never found in the cache, and why, as `path: why`.
 * @param hasTimeResolution whether the operator lets time.now_ns be rounded
 */
export function cachingNotes(
  { descriptor, unknown }: Activation,
  bundle: string,
  hasTimeResolution: boolean,
): string[] {
  const module = descriptor.modules.find((each) => each.bundle === bundle);
  const own = descriptor.entrypoints.filter((path) => Object.hasOwn(module?.entrypoints ?? {}, path));
  return own.flatMap((path) => {
    const footprint = descriptor.footprints?.get(path);
    if (footprint === undefined)
      return [`${path}: ${unknown.get(path) ?? 'nothing is known of what it reads'}`];
    const cacheability = cacheabilityOf(footprint);
    if (cachesWell(cacheability)) return [];
    const { class: kind, text, volatileReads, wholeInput } = cacheability;
    if (hasTimeResolution && kind === 'time_resolution' && !wholeInput && volatileReads.length === 0)
      return [];
    return [`${path}: ${text}`];
  });
}
