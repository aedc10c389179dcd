/**
 * A form of the plan evaluator that is not used: each statement of a plan as a closure, made once, beside the module and the evaluator that
 * goes through the statements. `npx node bench/plan-closures.ts`; docs/adr/0024-evaluations-without-a-cache.md says why it is not used. It
 * keeps no deadline, reports no effects, and knows neither `with` nor calls of rules by name.
 */
import { systemClock } from '../src/clock.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import type { Evaluation } from '../src/policy/evaluator.ts';
import { createPlanEvaluator } from '../src/policy/plan/plan-evaluator.ts';
import { planOf } from '../src/policy/plan/plan-of.ts';
import { readDocument } from '../src/policy/plan/read-document.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { policySet } from '../test/support/rego-module.ts';
import { buildPlan } from '../test/support/rego-plan.ts';
import { Closures } from './closures/closures.ts';
import { measure } from './measure.ts';
import {
  type BenchPolicy,
  ROLE_LOOKUP,
  ROLES_AND_PATHS,
  serviceRules,
  serviceTable,
} from './role-policies.ts';

async function compare(
  name: string,
  policy: BenchPolicy,
  entrypoint: string,
  inputs: readonly unknown[],
): Promise<void> {
  const set = await policySet(policy, new Set(BUILTINS.keys()), policy.data);
  const plan = await buildPlan([policy.rego], policy.entrypoints);
  const descriptor: PolicySetDescriptor = { ...set, modules: [{ ...set.modules[0]!, plan }] };
  const options = { builtins: BUILTINS, clock: systemClock };
  const module = await createWasmEvaluator(descriptor, options);
  const statements = createPlanEvaluator(descriptor, options);
  const closures = new Closures(planOf(plan), readDocument(set.dataJson, 1000)).entrypoint(entrypoint);
  const questions = inputs.map((input) => Buffer.from(JSON.stringify(input)));
  const time = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
  for (const input of questions) {
    const { json } = module.evaluate(entrypoint, input, time) as Evaluation;
    if (json !== closures(input))
      throw new Error(`${name}: ${json} and ${closures(input)} for ${input.toString()}`);
  }
  const pick = (turn: number): Buffer => questions[turn % questions.length]!;
  await measure(name, {
    module: (turn) => module.evaluate(entrypoint, pick(turn), time),
    statements: (turn) => statements.evaluate(entrypoint, pick(turn), time),
    closures: (turn) => closures(pick(turn)) ?? '',
    'input read': (turn) => readDocument(pick(turn), 1000),
  });
  module.close();
}

const check = (user: string, method: string, path: string): unknown => ({
  attributes: { request: { http: { headers: { 'x-user': user }, method, path } } },
});
await compare('roles and paths', ROLES_AND_PATHS, 'envoy/authz/decision', [
  check('u1', 'GET', '/public/css/site.css'),
  check('u1', 'GET', '/orders/4711'),
  check('u2', 'POST', '/orders/4711/items'),
  check('u10', 'DELETE', '/catalogue/shoes/42'),
  check('u3', 'DELETE', '/baskets/17/items/remove?now=1'),
  check('u4', 'GET', '/admin/users'),
]);
await compare('look-up of roles', ROLE_LOOKUP, 'rbac/allow', [
  { user: 'u42', action: 'a0', type: 'dog' },
  { user: 'u42', action: 'a19', type: 'dog' },
]);
const calls = [1, 500, 998].map((rule) => ({
  source: `svc-${rule}`,
  destination: `svc-${(rule * 7) % 1000}`,
  method: 'GET',
}));
await compare('1,000 services, rules', serviceRules(1000), 'services/allow', calls);
await compare('1,000 services, data', serviceTable(1000), 'services/allow', calls);
