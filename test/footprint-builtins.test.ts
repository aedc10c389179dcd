// needs: opa
/** Projected equals full for every builtin that a policy can hand a part of the input, however its result is used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '../src/json/canonical.ts';
import { builtinBenches } from './support/footprint-builtins.ts';
import { differenceText, FootprintCheck, NOW_MS } from './support/footprint-check.ts';
import { Choices } from './support/rego-choices.ts';

const INPUTS = 20;

test('every builtin', async () => {
  const differences: string[] = [];
  let answering = 0;
  let asked = 0;
  let builtins = 0;
  for await (const { bench, policies } of builtinBenches()) {
    for (const { builtin, entrypoints, input } of policies) {
      builtins++;
      const choices = new Choices(1);
      const inputs = Array.from({ length: INPUTS }, () => input(choices));
      const checks = entrypoints.map((entrypoint) => new FootprintCheck(bench, entrypoint));
      for (const check of checks) {
        for (const each of inputs) check.ask({ input: each });
        asked += check.asked;
        differences.push(...check.differences.map((one) => `${builtin}: ${differenceText(one)}`));
      }
      // Rules that look at a result that there is: it was not all errors.
      const [whole] = entrypoints;
      const results = inputs.filter((each) => (each as { yes?: boolean }).yes === true);
      const told = results.map((each) => bench.ofPlan(whole!, Buffer.from(canonicalJson(each)), NOW_MS));
      if (told.some((one) => !one.startsWith('undefined'))) answering++;
    }
    bench.close();
  }
  assert.deepEqual(differences.slice(0, 5), [], `${differences.length} differ`);
  assert.ok(answering > builtins * 0.7, `${answering} of ${builtins} builtins had a result`);
  assert.ok(builtins > 170, `${builtins} builtins`);
  assert.ok(asked > 30_000, `${asked} asked`);
});
