/**
 * What an evaluation costs that no cache answers, step by step: `npx node bench/evaluate.ts`. Microseconds of processor time for one
 * evaluation, the mean over the questions of a case. `server` is what the server asks (slices and deadlines), `module` and `plan` the two
 * evaluators behind it; the other rows are parts of `module`, each with all before it: the input written into the module's memory,
 * parsed, evaluated, the result written as JSON, and read.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import { systemClock } from '../src/clock.ts';
import { createBoundedEvaluator } from '../src/policy/bounded-evaluator.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import { EvaluationFigures } from '../src/policy/evaluation-figures.ts';
import type { Evaluation, Evaluator } from '../src/policy/evaluator.ts';
import { createPlanEvaluator } from '../src/policy/plan/plan-evaluator.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { policySet } from '../test/support/rego-module.ts';
import { buildPlan } from '../test/support/rego-plan.ts';
import { type Act, measure } from './measure.ts';
import { moduleSteps, type StepQuestion } from './module-steps.ts';
import {
  type BenchPolicy,
  ROLE_LOOKUP,
  ROLES_AND_PATHS,
  serviceRules,
  serviceTable,
  tokenRoles,
} from './role-policies.ts';

const options = { builtins: BUILTINS, clock: systemClock };
const deadlineMs = Number.POSITIVE_INFINITY;
const asking =
  (evaluator: Evaluator, questions: readonly StepQuestion[]): Act =>
  (turn) => {
    const { entrypoint, inputJson, wallMs } = questions[turn % questions.length]!;
    return evaluator.evaluate(entrypoint, inputJson, { wallMs, deadlineMs: performance.now() + 10_000 });
  };

async function compare(
  name: string,
  set: PolicySetDescriptor,
  questions: readonly StepQuestion[],
): Promise<void> {
  const server = await createBoundedEvaluator(set, {
    ...options,
    // Long: on a busy machine an evaluation may seem to take a slice, and would go on in another thread.
    sliceMs: 1000,
    maxThreads: 1,
    maxQueued: 1,
    maxHeapBytes: 1 << 28,
    figures: new EvaluationFigures(),
  });
  const module = await createWasmEvaluator(set, options);
  const plan = createPlanEvaluator(set, options);
  const first = questions[0]!;
  const answers: Evaluation[] = [];
  for (const each of [server, module, plan]) {
    answers.push(
      await each.evaluate(first.entrypoint, first.inputJson, { wallMs: first.wallMs, deadlineMs }),
    );
  }
  if (new Set(answers.map(({ json }) => json)).size !== 1)
    throw new Error(`${name}: ${JSON.stringify(answers)}`);
  await measure(name, {
    server: asking(server, questions),
    module: asking(module, questions),
    plan: asking(plan, questions),
    ...moduleSteps(set, questions),
  });
  for (const evaluator of [server, module, plan]) evaluator.close();
}

async function compiled(policy: BenchPolicy): Promise<PolicySetDescriptor> {
  const set = await policySet(policy, new Set(BUILTINS.keys()), policy.data);
  const plan = await buildPlan([policy.rego], policy.entrypoints);
  return { ...set, modules: [{ ...set.modules[0]!, plan }] };
}

const ask = (entrypoint: string, input: unknown, wallMs = 0): StepQuestion => ({
  entrypoint,
  inputJson: Buffer.from(JSON.stringify(input)),
  wallMs,
});

const check = (user: string, method: string, path: string): unknown => ({
  attributes: { request: { http: { headers: { 'x-user': user }, method, path } } },
});

const pathQuestions = [
  check('u1', 'GET', '/public/css/site.css'),
  check('u1', 'GET', '/orders/4711'),
  check('u2', 'POST', '/orders/4711/items'),
  check('u10', 'DELETE', '/catalogue/shoes/42'),
  check('u3', 'DELETE', '/baskets/17/items/remove?now=1'),
  check('u4', 'GET', '/admin/users'),
];
await compare(
  'roles and paths',
  await compiled(ROLES_AND_PATHS),
  pathQuestions.map((input) => ask('envoy/authz/decision', input)),
);
await compare('look-up of roles', await compiled(ROLE_LOOKUP), [
  ask('rbac/allow', { user: 'u42', action: 'a0', type: 'dog' }),
  ask('rbac/allow', { user: 'u42', action: 'a19', type: 'dog' }),
]);
const calls = [1, 500, 998].map((rule) =>
  ask('services/allow', { source: `svc-${rule}`, destination: `svc-${(rule * 7) % 1000}`, method: 'GET' }),
);
await compare('1,000 services, rules', await compiled(serviceRules(1000)), calls);
await compare('1,000 services, data', await compiled(serviceTable(1000)), calls);

/** One token for all paths, as a client sends it until it expires; and each request with one of its own. */
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { publicKey: otherKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwks = JSON.stringify({
  keys: [otherKey, publicKey].map((key, index) =>
    Object.assign(key.export({ format: 'jwk' }), { kid: `key-${index}`, alg: 'RS256' }),
  ),
});
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
function tokenQuestion(subject: number, order: number): StepQuestion {
  const claims = {
    iss: 'https://idp.example',
    aud: 'api',
    sub: `u${subject}`,
    exp: 2_000_000_000,
    nbf: 1_000_000_000,
    roles: ['reader'],
  };
  const signed = `${base64url({ alg: 'RS256', kid: 'key-1', typ: 'JWT' })}.${base64url(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url');
  const headers = { authorization: `Bearer ${signed}.${signature}` };
  const http = { method: 'GET', path: `/orders/${order}`, headers };
  return ask('tokens/allow', { attributes: { request: { http } } }, 1_500_000_000_000);
}
const tokens = await compiled(tokenRoles(jwks));
const orders = Array.from({ length: 100 }, (_, order) => order);
await compare(
  'RS256, one token',
  tokens,
  orders.map((order) => tokenQuestion(1, order)),
);
await compare(
  'RS256, a token each',
  tokens,
  Array.from({ length: 5000 }, (_, subject) => tokenQuestion(subject, 1)),
);
