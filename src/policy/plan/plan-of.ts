import type { Plan } from './ir.ts';
import { readPlan } from './read-plan.ts';

const read = new WeakMap<Uint8Array, WeakRef<Plan>>();

/**
 * As `readPlan`, once for the same bytes as long as somebody holds the plan: at an activation the footprints, the proof and the evaluator
 * need it one after the other. The bytes must not change. Throws PortcullisError `bundle_plan_invalid`.
 */
export function planOf(bytes: Uint8Array): Plan {
  const known = read.get(bytes)?.deref();
  if (known !== undefined) return known;
  const plan = readPlan(bytes);
  read.set(bytes, new WeakRef(plan));
  return plan;
}

/** Lets `planOf` find what was read of these bytes otherwise, as long as somebody holds it. */
export function rememberPlan(bytes: Uint8Array, plan: Plan): void {
  read.set(bytes, new WeakRef(plan));
}
