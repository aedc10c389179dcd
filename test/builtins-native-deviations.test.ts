// needs: opa
/**
 * Where the builtins of a module that OPA compiled answer otherwise than OPA's interpreter, and than evaluators of plans. No host can
 * mend these; each row is checked against both, so that a new OPA release that closes one is noticed.
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
  // The module computes with decimals, 18 digits in divisions and products beyond integers; OPA with 64 bits, and writes all of them.
  ['plus', '[0.3, -0.5]', '-0.2', '-0.19999999999999999999'],
  ['minus', '[1, 1.3]', '-0.3', '-0.29999999999999999996'],
  ['mul', '[0.3, 7]', '2.1', '2.1000000000000000001'],
  ['mul', '[-0.5, 0]', '0', '-0'],
  ['div', '[1, 3]', '0.333333333333333333', '0.33333333333333333334'],
  ['div', '[18446744073709551616, 3]', '6.14891469123651721e+18', '6.1489146912365172055e+18'],
  ['sum', '[[0.0, 0.2, 1, -0.5]]', '0.7', '0.70000000000000000004'],
  ['sum', '[[2.5, 1e21]]', '1000000000000000000002.5', '1000000000000000000000'],
  ['product', '[[13.21, -10]]', '-132.10', '-132.10000000000002'],
  // Its text keeps zeros at the end and never has an exponent of its own.
  ['plus', '[12.50, 7]', '19.50', '19.5'],
  ['plus', '[0.00001, 0]', '0.00001', '1e-05'],
  // OPA looks at the sign of the integer part, which these have not, and rounds integers beyond 64 bits.
  ['ceil', '[-0.5]', '0', '1'],
  ['floor', '[-0.5]', '-1', '0'],
  ['abs', '[90211321372138475714]', '90211321372138475714', '90211321372138475710'],
  ['round', '[1e30]', '1e+30', '1000000000000000000024696061952'],
  // Integers in another form are none for the module.
  ['array.slice', '[["a", "b"], 1.0, 2]', undefined, '["b"]'],
  ['object.union_n', '[[]]', undefined, '{}'],
  ['min', '[[1.0, 1]]', '1.0', '1'],
  ['object.union', '[{"c": 1}, {"c": 1.0}]', '{"c":1.0}', '{"c":1}'],
  ['json.marshal', '["<&>"]', '"\\"<&>\\""', '"\\"\\\\u003c\\\\u0026\\\\u003e\\""'],
  // These fail the whole evaluation, where OPA has a value or undefined.
  ['div', '[0, 0]', /opa_arith_divide: invalid number/, undefined],
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
