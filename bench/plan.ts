/**
 * Microseconds per evaluation: the plan evaluator beside the module of the same bundle, in the same run, over the questions of the demo's
 * decision vectors and over a role policy. `npx node bench/plan.ts`.
 */
import { systemClock } from '../src/clock.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { PolicySetDescriptor } from '../src/policy/descriptor.ts';
import type { Evaluator } from '../src/policy/evaluator.ts';
import { createPlanEvaluator } from '../src/policy/plan/plan-evaluator.ts';
import { readPlan } from '../src/policy/plan/read-plan.ts';
import type { DecisionVector } from '../src/policy/vector-format.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { demoBundle } from '../test/support/demo-bundle.ts';
import { policySet } from '../test/support/rego-module.ts';
import { buildPlan } from '../test/support/rego-plan.ts';
import { ROLE_LOOKUP } from './role-policies.ts';

const ROUNDS = 15;
const ROUND_MS = 50;

type Question = Pick<DecisionVector, 'entrypoint' | 'inputJson' | 'nowMs'>;

function microseconds(evaluator: Evaluator, questions: readonly Question[]): number {
  const startMs = performance.now();
  let evaluations = 0;
  while (performance.now() - startMs < ROUND_MS) {
    for (const { entrypoint, inputJson, nowMs } of questions) {
      void evaluator.evaluate(entrypoint, inputJson, {
        wallMs: nowMs ?? 0,
        deadlineMs: Number.POSITIVE_INFINITY,
      });
    }
    evaluations += questions.length;
  }
  return ((performance.now() - startMs) * 1000) / evaluations;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

async function compare(
  descriptor: PolicySetDescriptor,
  groups: ReadonlyMap<string, readonly Question[]>,
): Promise<void> {
  const planned = createPlanEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
  const module = await createWasmEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
  for (const [name, questions] of groups) {
    const plan: number[] = [];
    const wasm: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      plan.push(microseconds(planned, questions));
      wasm.push(microseconds(module, questions));
    }
    const [p, w] = [median(plan), median(wasm)];
    const ratio = (p / w).toFixed(1);
    console.log(`${name}: plan ${p.toFixed(1)} µs, module ${w.toFixed(1)} µs, ratio ${ratio}`);
  }
  module.close();
}

const { descriptor: demo, vectors } = await demoBundle();
const demoPlan = demo.modules[0]!.plan!;

const reads: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const startMs = performance.now();
  readPlan(demoPlan);
  reads.push(performance.now() - startMs);
}
console.log(`reading the plan of ${demoPlan.length} bytes: ${median(reads).toFixed(0)} ms`);

await compare(
  demo,
  Map.groupBy(vectors, ({ entrypoint }) => entrypoint),
);

const set = await policySet(ROLE_LOOKUP, new Set(), ROLE_LOOKUP.data);
const plan = await buildPlan([ROLE_LOOKUP.rego], ROLE_LOOKUP.entrypoints);
const ask = (action: string): Question[] => [
  {
    entrypoint: 'rbac/allow',
    inputJson: Buffer.from(JSON.stringify({ user: 'u42', action, type: 'dog' })),
    nowMs: undefined,
  },
];
await compare(
  { ...set, modules: [{ ...set.modules[0]!, plan }] },
  new Map([
    ['roles, the first of 20 grants', ask('a0')],
    ['roles, the last of 20 grants', ask('a19')],
    ['roles, none', ask('none')],
  ]),
);
process.exit(0);
