import type { JsonObject } from '../../../json/value.ts';
import { footprintsOf } from '../footprint/footprints-of.ts';
import { planOf } from '../plan-of.ts';
import { describeFootprint, type FootprintText } from './describe-footprint.ts';

/**
 * What the plan of a bundle and its data tell of some of its entrypoints. In a policy set of several bundles the others'
 * data may change it. Throws PortcullisError `bundle_plan_invalid`.
 */
export function describePlanFootprints(
  plan: Uint8Array,
  data: JsonObject,
  entrypoints: readonly string[],
): ReadonlyMap<string, FootprintText> {
  const footprints = footprintsOf(planOf(plan), data);
  return new Map(
    entrypoints
      .filter((name) => footprints.has(name))
      .map((name) => [name, describeFootprint(footprints.get(name)!)]),
  );
}
