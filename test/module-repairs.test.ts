// needs: opa
/**
 * What is repaired in OPA's modules: such calls answer as OPA does, and nothing that must last in a module's memory changes,
 * however often they are made.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regoText } from '../src/policy/builtins/rego-text.ts';
import { decodeRego } from '../src/policy/codec.ts';
import type { Evaluation } from '../src/policy/evaluator.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { type Answer, ModuleAnswers } from './support/module-answers.ts';
import { policySet } from './support/rego-module.ts';

/** Builtin and operands. Left alone, modules answer each of these otherwise than OPA. */
const CALLS: readonly (readonly [builtin: string, operands: string])[] = [
  ['json.unmarshal', '["01"]'],
  ['net.cidr_contains', '["::ffff:0:0/96", "10.0.0.0/32"]'],
  ['json.is_valid', '["true"]'],
  ['json.is_valid', '["false"]'],
  ['json.is_valid', '["1 2"]'],
  ['json.is_valid', '["{} }"]'],
  ['json.unmarshal', '["1 2"]'],
  ['json.is_valid', '["1 and more"]'],
  ['json.unmarshal', '["{\\"a\\":1} and more"]'],
  ['json.unmarshal', '["\\"\\\\ud840\\\\udc00\\""]'],
  ['json.unmarshal', '["\\"\\\\ud800\\""]'],
  ['json.remove', '[{"a": 1}, [""]]'],
  ['json.filter', '[{"a": 1}, [""]]'],
  ['base64.is_valid', '[""]'],
  ['base64.is_valid', '["AA"]'],
  ['base64.is_valid', '["_-AA"]'],
  ['base64.decode', '[""]'],
  ['base64.decode', '["YQ"]'],
  ['base64url.decode', '[""]'],
  ['base64url.decode', '["//YWJj"]'],
  ['net.cidr_contains', '["10.0.0.0/a", "10.0.0.1"]'],
  ['net.cidr_intersects', '["10.0.0.0/a", "10.0.0.1/32"]'],
  ['net.cidr_intersects', '["::ffff:0:0/96", "::ffff:10.0.0.0/31"]'],
  ['indexof', '["abc", ""]'],
  ['bits.or', '[1.0, 2]'],
  ['bits.negate', '[1.0]'],
  ['bits.or', '[1, -0]'],
  ['bits.lsh', '[1, 18446744073709551616]'],
  ['format_int', '[2147483648, 16]'],
  ['format_int', '[9223372036854775808, 10]'],
  ['to_number', '["E"]'],
  ['to_number', '["-"]'],
  ['json.unmarshal', '["1e99999"]'],
  ['json.is_valid', '["5."]'],
  ['json.is_valid', '[true]'],
  ['replace', '["abc", "", "-"]'],
  ['replace', '["", "", ""]'],
  ['format_int', '[1234567.5, 2]'],
  ['bits.and', '[1.0, 5]'],
  ['bits.xor', '[-0, 5]'],
  ['bits.rsh', '[1.0, 1]'],
  ['to_number', '["1e400"]'],
];

const byBuiltin = Map.groupBy(CALLS, ([builtin]) => builtin);
const operandsOf = (text: string): RegoValue[] => decodeRego(text) as RegoValue[];
const sides = new ModuleAnswers(
  new Map(Array.from(byBuiltin, ([builtin, calls]) => [builtin, operandsOf(calls[0]![1]).length])),
);
const shown = (answer: Answer | undefined): string =>
  typeof answer === 'string' ? answer : regoText([...(answer ?? [])]);

for (const [builtin, calls] of byBuiltin) {
  test(`${builtin}: a module answers as OPA`, async () => {
    const rows = calls.map(([, operands]) => operandsOf(operands));
    const [byModule, byOpa] = [await sides.ofModule(builtin, rows), await sides.ofOpa(builtin, rows)];
    assert.deepEqual(byModule.map(shown), byOpa.map(shown));
  });
}

const set = await policySet(
  {
    rego: `package m
allow if data.roles[input.role].ok
deny if not allow
checked if json.is_valid(input)
endless := replace(input, "", "-")
failing := 1 if input.a
failing := 2 if input.b
`,
    entrypoints: ['allow', 'deny', 'checked', 'endless', 'failing'].map((rule) => `m/${rule}`),
  },
  new Set(),
  '{"roles":{"admin":{"ok":true}}}',
);

test('no request leaves a module that decides otherwise', async (t) => {
  const evaluator = await createWasmEvaluator(set, {
    builtins: new Map(),
    clock: { wallMs: () => 0, monotonicMs: () => 0 },
  });
  t.after(() => evaluator.close());
  const ask = (rule: string, input: string): string | undefined =>
    (evaluator.evaluate(`m/${rule}`, Buffer.from(input), { wallMs: 0, deadlineMs: 1 }) as Evaluation).json;
  const { bytes } = evaluator.memory!();
  for (let turn = 0; turn < 2000; turn++) {
    assert.equal(ask('checked', '"true"'), 'true');
    assert.equal(ask('checked', '"false"'), 'true');
    assert.equal(ask('endless', '"ab"'), '"-a-b-"');
    assert.throws(() => ask('failing', '{"a":1,"b":2}'), { code: 'evaluation_conflict' });
    assert.equal(ask('allow', '{"role":"admin"}'), 'true');
    assert.equal(ask('deny', '{"role":"admin"}'), undefined);
    assert.equal(ask('deny', '{}'), 'true');
  }
  assert.ok(evaluator.memory!().bytes <= 2 * bytes);
});
