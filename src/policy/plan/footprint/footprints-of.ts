import type { JsonObject } from '../../../json/value.ts';
import { type Footprint, WHOLE } from '../footprint.ts';
import type { Plan } from '../ir.ts';

/**
 * What each entrypoint of a plan can depend on. What is not understood counts as read in full.
 * @param data the base data that the policies are evaluated with: keys that come from there are known
 */
export function footprintsOf(plan: Plan, _data: JsonObject): ReadonlyMap<string, Footprint> {
  const unknown: Footprint = { input: WHOLE, data: WHOLE, effects: new Map(), clock: 'free', fullReads: [] };
  return new Map(Array.from(plan.entrypoints.keys(), (name) => [name, unknown]));
}
