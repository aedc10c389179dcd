// needs: opa
/**
 * Where the builtins of a module that OPA compiled answer otherwise than OPA's interpreter, and than evaluators of plans. No host can
 * mends these; each row is checked against both, so that a new OPA release that closes one is noticed.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { NATIVE_BUILTINS } from '../src/policy/builtins/native/registry.ts';
import { decodeRego, encodeRego } from '../src/policy/codec.ts';
import type { Evaluation } from '../src/policy/evaluator.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { agree, callBuiltin } from './support/opa-eval.ts';
import { policySet } from './support/rego-module.ts';

/** Builtin, operands, the module's answer (a pattern: the evaluation fails with it), OPA's; as Rego text, or undefined. */
type Row = readonly [string, string, string | RegExp | undefined, string | undefined];

const ROWS: readonly Row[] = [
  // Of equal numbers in other forms, the module gives the one that it meets first, or last.
  ['min', '[[1.0, 1]]', '1.0', '1'],
  ['object.union', '[{"c": 1}, {"c": 1.0}]', '{"c":1.0}', '{"c":1}'],
];

const call = (name: string, row: string): string => {
  const operands = (decodeRego(row) as RegoValue[]).map((_, i) => `input[${i}]`);
  return `${name}(${operands.join(', ')})`;
};
const rego = `package d\n${ROWS.map(([name, row], i) => `r${i} := ${call(name, row)}`).join('\n')}\n`;
const entrypoints = ROWS.map((_, i) => `d/r${i}`);
const module = await createWasmEvaluator(await policySet({ rego, entrypoints }), {
  builtins: new Map(),
  clock: { wallMs: () => 0, monotonicMs: () => 0 },
});
after(() => module.close());

function askModule(i: number, row: string): string | undefined {
  const time = { wallMs: 0, deadlineMs: 1 };
  return (module.evaluate(`d/r${i}`, Buffer.from(row), time) as Evaluation).json;
}

for (const [i, [name, row, fromModule, fromOpa]] of ROWS.entries()) {
  test(`${name}${row}`, async () => {
    assert.ok(NATIVE_BUILTINS.has(name));
    const operands = decodeRego(row) as RegoValue[];
    const result = callBuiltin(name, ...operands);
    assert.equal(result === undefined ? undefined : encodeRego(result), fromOpa);
    await agree(name, [operands]);
    if (fromModule instanceof RegExp) assert.throws(() => askModule(i, row), fromModule);
    else assert.equal(askModule(i, row), fromModule);
  });
}
