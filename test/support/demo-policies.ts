/** The demo's bundle, as it is shipped, for both evaluators. */
import { systemClock } from '../../src/clock.ts';
import { PortcullisError } from '../../src/errors.ts';
import type { JsonValue } from '../../src/json/value.ts';
import { parseJson } from '../../src/policy/builtins/json-value.ts';
import { BUILTINS } from '../../src/policy/builtins/registry.ts';
import { regoText } from '../../src/policy/builtins/rego-text.ts';
import type { Evaluator } from '../../src/policy/evaluator.ts';
import { createPlanEvaluator } from '../../src/policy/plan/plan-evaluator.ts';
import type { RegoValue } from '../../src/policy/value.ts';
import type { DecisionVector } from '../../src/policy/vectors.ts';
import { createWasmEvaluator } from '../../src/policy/wasm/evaluator.ts';
import { demoBundle } from './demo-bundle.ts';
import { mutated } from './input-mutations.ts';
import { Choices } from './rego-choices.ts';

export interface MutationRun {
  readonly asked: number;
  /** Those where the answer is not the one to the input before it was changed. */
  readonly changed: number;
  readonly entrypoints: ReadonlySet<string>;
  /** One text each, by which it can be repeated. */
  readonly differences: readonly string[];
}

/** Asks both evaluators of the vectors' inputs, each changed in up to three places. */
export async function runMutations(firstSeed: number, count: number): Promise<MutationRun> {
  const { wasm, plan, vectors } = await demoEvaluators();
  const differences: string[] = [];
  const entrypoints = new Set<string>();
  let changed = 0;
  try {
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const choices = new Choices(seed);
      const vector = choices.one(vectors);
      let input = JSON.parse(Buffer.from(vector.inputJson ?? Buffer.from('null')).toString()) as JsonValue;
      for (let i = choices.between(1, 3); i > 0; i--) input = mutated(choices, input);
      const asked = { ...vector, inputJson: Buffer.from(JSON.stringify(input)) };
      const [ofModule, ofPlan] = [answer(wasm, asked), answer(plan, asked)];
      if (ofModule !== ofPlan)
        differences.push(
          `seed ${seed}: ${vector.entrypoint} of ${JSON.stringify(input)}: module ${ofModule}, plan ${ofPlan}`,
        );
      if (ofPlan !== answer(plan, vector)) changed++;
      entrypoints.add(vector.entrypoint);
    }
  } finally {
    wasm.close();
    plan.close();
  }
  return { asked: count, changed, entrypoints, differences };
}

async function demoEvaluators(): Promise<{
  wasm: Evaluator;
  plan: Evaluator;
  vectors: readonly DecisionVector[];
}> {
  const { descriptor, vectors } = await demoBundle();
  return {
    wasm: await createWasmEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock }),
    plan: createPlanEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock }),
    vectors,
  };
}

type Asked = Pick<DecisionVector, 'entrypoint' | 'inputJson' | 'nowMs'>;

/** Arrays are sorted: a module's sets are arrays in an order of its own, and no answer of the demo's lives from the order of an array. */
function answer(evaluator: Evaluator, { entrypoint, inputJson, nowMs }: Asked): string {
  try {
    const time = { wallMs: nowMs ?? 0, deadlineMs: Number.POSITIVE_INFINITY };
    const evaluation = evaluator.evaluate(entrypoint, inputJson, time);
    if (evaluation instanceof Promise) throw new TypeError('an evaluator that answers at once is expected');
    return evaluation.json === undefined ? 'undefined' : regoText(sorted(parseJson(evaluation.json)));
  } catch (error) {
    if (error instanceof PortcullisError) return error.code;
    throw error;
  }
}

function sorted(value: RegoValue): RegoValue {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (regoText(a) < regoText(b) ? -1 : 1));
  if (!(value instanceof Map)) return value;
  return new Map(Array.from(value, ([key, member]) => [key, sorted(member)]));
}
