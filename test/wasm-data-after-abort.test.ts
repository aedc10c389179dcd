// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../src/clock.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { policySet } from './support/rego-module.ts';

/**
 * The start function of a module with many rules reads a table of them and leaves free blocks behind. Base data that
 * was placed into those was lost when the module aborted and the instance was renewed.
 */
test('base data survives aborts in a module with many rules', async () => {
  const many = Array.from(
    { length: 300 },
    (_, i) => `package rules.of.package${i}\n\np := ${i}\n\nq if p == input.q`,
  );
  const answers = 'package test\n\nanswer contains x if data.list[x]\n\nconflict := x if some x in [1, 2]';
  const entrypoints = ['test/answer', 'test/conflict', ...many.map((_, i) => `rules/of/package${i}/q`)];
  const set = await policySet(
    { rego: [answers, ...many], entrypoints },
    new Set(),
    JSON.stringify({ list: ['a', 'b', 'c'], more: Array.from({ length: 50 }, (_, i) => ({ id: i })) }),
  );
  const evaluator = await createWasmEvaluator(set, { builtins: new Map(), clock: systemClock });
  const time = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
  const answer = async (): Promise<unknown> =>
    JSON.parse((await evaluator.evaluate('test/answer', undefined, time)).json ?? 'null');
  try {
    for (let round = 0; round < 5; round++) {
      assert.deepEqual(
        ((await answer()) as number[]).sort((a, b) => a - b),
        [0, 1, 2],
        `round ${round}`,
      );
      assert.throws(() => evaluator.evaluate('test/conflict', undefined, time), {
        code: 'evaluation_conflict',
      });
    }
  } finally {
    evaluator.close();
  }
});
