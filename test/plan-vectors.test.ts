/** Every decision vector of the demo's bundle, answered by its plan as by its module. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../src/clock.ts';
import { NATIVE_BUILTINS } from '../src/policy/builtins/native/registry.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { Evaluation, Evaluator } from '../src/policy/evaluator.ts';
import { createPlanEvaluator } from '../src/policy/plan/plan-evaluator.ts';
import { runVectors } from '../src/policy/vectors.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { demoBundle } from './support/demo-bundle.ts';

const { descriptor, vectors } = await demoBundle();
const planned = createPlanEvaluator(descriptor, {
  builtins: BUILTINS,
  clock: systemClock,
});

test('the plan answers what the vectors expect', async () => {
  assert.ok(vectors.length > 100);
  const results = await runVectors(vectors, planned);
  assert.deepEqual(
    results.filter(({ passed }) => !passed).map(({ message }) => message),
    [],
  );
});

/** The module tells nobody of errors in builtins that it implements itself, and asks a rule without a value again and again. */
const ownErrors = (errors: readonly string[]): ReadonlySet<string> =>
  new Set(errors.filter((error) => !NATIVE_BUILTINS.has(error.slice(0, error.indexOf(':')))));

test('and says of each answer what the module says: how long it holds, what it used, which builtins erred', async () => {
  const wasm = await createWasmEvaluator(descriptor, { builtins: BUILTINS, clock: systemClock });
  try {
    for (const { name, entrypoint, inputJson, nowMs } of vectors) {
      const about = (evaluator: Evaluator): object => {
        const time = { wallMs: nowMs ?? 0, deadlineMs: Number.POSITIVE_INFINITY };
        const found = evaluator.evaluate(entrypoint, inputJson, time) as Evaluation;
        const { json: _, effects, builtinErrors, ...rest } = found;
        return { ...rest, effects: [...effects].sort(), builtinErrors: ownErrors(builtinErrors) };
      };
      assert.deepEqual(about(planned), about(wasm), name);
    }
  } finally {
    wasm.close();
  }
});
