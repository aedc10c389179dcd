import { PortcullisError } from '../../errors.ts';
import type { PolicySetDescriptor } from '../descriptor.ts';
import { type Route, routesOf } from '../wasm/routes.ts';
import { checkBuiltins } from '../wasm/unknown-builtins.ts';
import type { EntrypointPlan, Plan, PlanFunction } from './ir.ts';
import { pathKey } from './locals.ts';
import { planOf } from './plan-of.ts';

/** A plan, ready to run. */
export interface LinkedPlan {
  readonly plan: Plan;
  /** The functions by the paths that CallDynamic names. */
  readonly byPath: ReadonlyMap<string, PlanFunction>;
}

/** Where an entrypoint is answered. */
export interface PlanRoute {
  readonly linked: LinkedPlan;
  readonly entrypoint: EntrypointPlan;
}

/**
 * Finds the plan of each entrypoint that callers may ask.
 * @param builtins those that the evaluator offers
 * @throws PortcullisError `bundle_plan_missing` where the bundle binds none, `bundle_plan_invalid`, `bundle_builtin_unknown`,
 *   `bundle_entrypoint_unknown`, `bundle_entrypoint_conflict`
 */
export function linkPlans(
  descriptor: PolicySetDescriptor,
  builtins: { has(name: string): boolean },
): ReadonlyMap<string, PlanRoute> {
  const routes = routesOf(descriptor, ({ bundle, plan }) => {
    if (plan === undefined) {
      throw new PortcullisError('bundle_plan_missing', `bundle "${bundle}" binds no plan`);
    }
    const read = planOf(plan);
    checkBuiltins(bundle, read.builtins, builtins);
    return linkPlan(read);
  });
  return new Map(Array.from(routes, ([name, route]) => [name, routeTo(name, route)]));
}

function linkPlan(plan: Plan): LinkedPlan {
  const byPath = new Map<string, PlanFunction>();
  for (const each of plan.functions.values()) {
    if (each.path !== undefined) byPath.set(pathKey(each.path), each);
  }
  return { plan, byPath };
}

function routeTo(name: string, { target }: Route<LinkedPlan>): PlanRoute {
  const entrypoint = target.plan.entrypoints.get(name);
  if (entrypoint !== undefined) return { linked: target, entrypoint };
  throw new PortcullisError('bundle_entrypoint_unknown', `the plan offers no entrypoint "${name}"`);
}
