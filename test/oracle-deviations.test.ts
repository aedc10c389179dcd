// needs: opa
/**
 * Where a module that OPA compiled answers otherwise than OPA itself. Each row is checked
 * against both, so that a new OPA release that closes one is noticed. docs/adr/0001-own-wasm-host.md speaks of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOpa } from '../src/authoring/opa-tool.ts';
import type { Evaluation } from '../src/policy/evaluator.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { policySet } from './support/rego-module.ts';

/** Expression over `input.text`, the text, the module's answer, OPA's answer (JSON text; undefined). */
const ROWS: readonly (readonly [string, string, string | undefined, string | undefined])[] = [
  ['[x | some x in {y | some y in split(input.text, "-")}]', 'a-b-c', '["c","b","a"]', '["a","b","c"]'],
];

const rego = `package d\n${ROWS.map(([expression], index) => `r${index} := ${expression}`).join('\n')}\n`;
const entrypoints = ROWS.map((_, index) => `d/r${index}`);
const evaluator = await createWasmEvaluator(await policySet({ rego, entrypoints }), {
  builtins: new Map(),
  clock: { wallMs: () => 0, monotonicMs: () => 0 },
});

for (const [index, [expression, text, fromModule, fromOpa]] of ROWS.entries()) {
  test(`${expression} of ${JSON.stringify(text)}`, async () => {
    const input = JSON.stringify({ text });
    const { json } = evaluator.evaluate(`d/r${index}`, Buffer.from(input), {
      wallMs: 0,
      deadlineMs: 1,
    }) as Evaluation;
    assert.equal(json, fromModule);
    const run = await runOpa(['eval', '--stdin-input', '--format=json', expression], { stdin: input });
    const { result } = JSON.parse(run.stdout.toString('utf8')) as {
      result?: [{ expressions: [{ value: unknown }] }];
    };
    assert.equal(JSON.stringify(result?.[0].expressions[0].value), fromOpa);
  });
}
