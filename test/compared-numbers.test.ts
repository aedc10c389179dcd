// needs: opa
/** Numbers that are only compared enter keys by their value: the module and the plan evaluator must compare what is projected as what was sent. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from '../src/clock.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { Evaluator } from '../src/policy/evaluator.ts';
import { createPlanEvaluator } from '../src/policy/plan/plan-evaluator.ts';
import { comparedNumber } from '../src/policy/projection/scalar-text.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { NUMBER_TEXTS } from './support/projection-arbitraries.ts';
import { policySet } from './support/rego-module.ts';
import { buildPlan, plannedSet } from './support/rego-plan.ts';

const CONSTANTS = [
  '0',
  '1',
  '1.0',
  '1.5',
  '1000',
  '4294967296',
  '5000000000',
  '9007199254740991',
  '1e3',
  '1e19',
];
const answers = (x: string, y: string): string => `[${x} == ${y}, ${x} != ${y}, ${x} < ${y}, ${x} >= ${y}]`;
const rego = `package compared

with_each_other := [${answers('x', 'y')} | some x in input; some y in input]

with_constants := [[${CONSTANTS.map((constant) => answers('x', constant)).join(', ')}] | some x in input]
`;
const entrypoints = ['compared/with_each_other', 'compared/with_constants'];

const options = { builtins: BUILTINS, clock: systemClock };
const evaluators: Record<string, Evaluator> = {
  module: await createWasmEvaluator(await policySet({ rego, entrypoints }), options),
  plan: createPlanEvaluator(plannedSet(await buildPlan([rego], entrypoints), entrypoints), options),
};
after(() => {
  for (const evaluator of Object.values(evaluators)) evaluator.close();
});

const projected = NUMBER_TEXTS.map(comparedNumber);

async function answer(evaluator: Evaluator, entrypoint: string, numbers: readonly string[]): Promise<string> {
  const input = Buffer.from(`[${numbers.join(',')}]`);
  const { json } = await evaluator.evaluate(entrypoint, input, {
    wallMs: 0,
    deadlineMs: Number.POSITIVE_INFINITY,
  });
  return json!;
}

for (const [name, evaluator] of Object.entries(evaluators)) {
  for (const entrypoint of entrypoints) {
    test(`${entrypoint} by the ${name}: projected numbers compare as those that were sent`, async () => {
      const sent = await answer(evaluator, entrypoint, NUMBER_TEXTS);
      assert.match(sent, /true.*false/);
      assert.equal(await answer(evaluator, entrypoint, projected), sent);
    });
  }
}

test('equal integers have one text', () => {
  assert.ok(new Set(projected).size < NUMBER_TEXTS.length - 8);
});
