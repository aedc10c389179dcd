// needs: opa
/** Builtins that the host answers for modules: whatever the operands, the answer is OPA's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { systemClock } from '../src/clock.ts';
import { setOf } from '../src/policy/builtins/native/distinct.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { regoText } from '../src/policy/builtins/rego-text.ts';
import { decodeRego } from '../src/policy/codec.ts';
import type { Evaluation, Evaluator } from '../src/policy/evaluator.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { generated, oneOf, rowOf } from './support/generated.ts';
import { type Answer, ModuleAnswers } from './support/module-answers.ts';
import { policySet } from './support/rego-module.ts';

const word = rowOf(oneOf('a b ab A . é ß Σ \u{1f600} | - & < \u0000 \u00a0 { } * ? [ ] ( ) \\ / 1 0'), 6);
const few = fc.oneof(word, fc.constantFrom<RegoValue>(true, false, null));
/** Where the module's own code goes over to the host's: short integers, fractions, exponents, `-0`, and what 64 bits hold. */
const number = fc.oneof(
  fc.integer({ min: -120, max: 1200 }),
  oneOf(
    '0.5 -0.5 1.0 1.5 2.50 1e2 1e3 -0 -0.0 1e-7 0.1 0.3 2147483647 2147483648 -2147483649 9007199254740993 ' +
      '9223372036854775807 -9223372036854775808 9223372036854775808 123456789012345678901234567890 1e21 1e30',
  ).map((text) => decodeRego(text)),
);
const scalar = fc.oneof(number, few);
const list = fc.array(scalar, { maxLength: 4 });
const object = fc
  .dictionary(oneOf('a b c'), fc.oneof(scalar, list), { maxKeys: 3 })
  .map((members): RegoValue => new Map(Object.entries(members)));
const texts = fc.array(word, { maxLength: 4 });
const numbers = fc.array(number, { maxLength: 4 });
const set = (elements: fc.Arbitrary<RegoValue[]>): fc.Arbitrary<RegoValue> => elements.map(setOf);
const pattern = fc.oneof(
  word,
  oneOf('a.* ^[a-z]+$ (a|b)+ \\d+ a{2,3} [[:alpha:]] (?i)AB \\p{L} a** (?P<n>a)b'),
);

const OPERANDS: Readonly<Record<string, readonly fc.Arbitrary<RegoValue>[]>> = {
  'abs ceil floor round': [scalar],
  'array.slice': [list, scalar, scalar],
  concat: [word, fc.oneof(texts, set(texts), list)],
  'glob.match': [pattern, fc.oneof(fc.constant(null), fc.array(oneOf('. / :'), { maxLength: 2 })), word],
  indexof: [word, word],
  'json.marshal': [fc.oneof(scalar, list, object, set(list))],
  'object.union_n': [fc.array(fc.oneof(object, object, object, scalar), { maxLength: 3 })],
  'plus minus mul div rem': [scalar, scalar],
  'product sum': [fc.oneof(numbers, set(numbers))],
  'regex.find_all_string_submatch_n': [pattern, word, number],
  'regex.is_valid': [pattern],
  'regex.match': [pattern, word],
  sort: [fc.oneof(list, set(list))],
  'strings.replace_n': [
    fc
      .dictionary(
        word.filter((text) => text !== ''),
        word,
        { maxKeys: 4 },
      )
      .map((pairs) => new Map(Object.entries(pairs))),
    word,
  ],
  substring: [word, scalar, scalar],
};

/** What modules as OPA builds them answer otherwise: operands as Rego text. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'glob.match': [
    '["{**", ["."], "a"]',
    '["**", ["/"], "a\\n"]',
    '["*", null, "a\\n"]',
    '["?", null, "\\n"]',
    '["[[c-a]", [], "c"]',
    '["{", null, "a"]',
  ],
  'object.union_n': ['[[]]', '[[]]', '[{"a": {"b": 1}}]'],
  concat: ['["", {"", "😀", "a"}]'],
  'json.unmarshal': ['["01"]', '["1 2"]', '["\\"\\\\ud800\\""]'],
  'net.cidr_contains': ['["::ffff:0:0/96", "10.0.0.0/32"]', '["10.0.0.0/a", "10.0.0.1"]'],
  'json.is_valid': ['["true"]', '["false"]', '["1 2"]', '["{} }"]'],
  'json.marshal': ['["<&>"]', '["&"]'],
  'json.remove': ['[{"a": 1}, [""]]'],
  'json.filter': ['[{"a": 1}, [""]]'],
  'base64.is_valid': ['[""]', '["AA"]', '["_-AA"]'],
  'base64.decode': ['["gA=="]', '[""]', '["YQ"]'],
  'base64url.decode': ['[""]', '["//YWJj"]'],
  'net.cidr_intersects': ['["10.0.0.0/a", "10.0.0.1/32"]', '["::ffff:0:0/96", "::ffff:10.0.0.0/31"]'],
  indexof: ['["abc", ""]'],
  substring: ['["abc", 1.0, 1]'],
  'array.slice': ['[["a", "b"], 1.0, 2]', '[[1, 2], 1.0, 2]'],
  'bits.or': ['[1.0, 2]', '[1, -0]'],
  'bits.negate': ['[1.0]'],
  'bits.lsh': ['[1, 18446744073709551616]'],
  format_int: ['[2147483648, 16]', '[9223372036854775808, 10]'],
  to_number: ['["E"]', '["-"]'],
  'regex.is_valid': ['["(?<n>a)"]'],
  'regex.match': ['["(?<n>a)", "a"]', '["\\\\p{greek}", "α"]', '["\\\\C", "a"]'],
  'regex.find_all_string_submatch_n': ['["(?<n>a)", "a", -1]'],
  plus: ['[0.3, -0.5]', '[12.50, 7]', '[0.00001, 0]', '[2147483648, 1.0]', '[1e30, 0.00001]'],
  minus: ['[1, 1.3]', '[1.0, 9223372036854775807]'],
  mul: ['[0.3, 7]', '[-0.5, 0]', '[1.0, -2.5]', '[9223372036854775807, 1e3]'],
  div: ['[18446744073709551616, 3]', '[0, 0]', '[1, 3]'],
  abs: ['[90211321372138475714]', '[12.50]'],
  round: ['[1e30]', '[1e21]'],
  ceil: ['[-0.5]'],
  floor: ['[-0.5]', '[1e21]'],
  sum: ['[[0.0, 0.2, 1, -0.5]]', '[[2.5, 1e21]]', '[[0.00001]]'],
  product: ['[[13.21, -10]]', '[[1.5, 12.50]]'],
};

const byName = Object.entries(OPERANDS).flatMap(([names, row]) =>
  names.split(' ').map((name) => [name, row] as const),
);
const arities = new Map([
  ...Object.entries(EXAMPLES).map(([name, [first]]) => [name, operandsOf(first!).length] as const),
  ...byName.map(([name, row]) => [name, row.length] as const),
]);
const sides = new ModuleAnswers(arities);

for (const [name, calls] of Object.entries(EXAMPLES)) {
  test(`${name}: OPA's answer, not the module's`, () => sameAsOpa(name, calls.map(operandsOf)));
}

for (const [name, row] of byName) {
  test(`${name}: answers to generated operands`, () => sameAsOpa(name, generated(fc.tuple(...row), 100)));
}

test('a text that is no UTF-8 keeps its bytes', async () => {
  const rules = {
    same: 'base64.decode("gA==") == base64.decode("gQ==")',
    kept: 'base64.encode(base64.decode("YSJcCoDDqf8=")) == "YSJcCoDDqf8="',
    url: 'base64url.encode(base64url.decode("_w")) == "_w=="',
    length: 'count(base64.decode("gIE=")) == 2',
  };
  const evaluator = await evaluatorOf(rules);
  const answers = Object.keys(rules).map((rule) => answerOf(evaluator, rule));
  evaluator.close();
  assert.deepEqual(answers, ['false', 'true', 'true', 'true']);
});

async function sameAsOpa(name: string, rows: readonly (readonly RegoValue[])[]): Promise<void> {
  const [byModule, byOpa] = [await sides.ofModule(name, rows), await sides.ofOpa(name, rows)];
  const differences = rows.flatMap((operands, i) => {
    const [module, opa] = [shown(byModule[i]), shown(byOpa[i])];
    return module === opa ? [] : [`${name}${regoText([...operands])}: module ${module}, OPA ${opa}`];
  });
  assert.deepEqual(differences, []);
}

function operandsOf(text: string): RegoValue[] {
  return decodeRego(text) as RegoValue[];
}

/** Empty where the result is undefined. */
function shown(answer: Answer | undefined): string {
  if (answer === undefined || typeof answer === 'string') return String(answer);
  return answer.map(regoText).join();
}

async function evaluatorOf(rules: Readonly<Record<string, string>>): Promise<Evaluator> {
  const lines = Object.entries(rules).map(([name, value]) => `${name} := ${value}`);
  const entrypoints = Object.keys(rules).map((name) => `m/${name}`);
  const set = await policySet(
    { rego: `package m\n${lines.join('\n')}\n`, entrypoints },
    new Set(BUILTINS.keys()),
  );
  return createWasmEvaluator(set, { builtins: BUILTINS, clock: systemClock });
}

function answerOf(evaluator: Evaluator, rule: string): string | undefined {
  const time = { wallMs: 0, deadlineMs: Number.POSITIVE_INFINITY };
  return (evaluator.evaluate(`m/${rule}`, undefined, time) as Evaluation).json;
}
