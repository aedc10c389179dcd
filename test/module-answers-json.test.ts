// needs: opa
/** What a module answers is JSON by the letter of RFC 8259, or the evaluation fails: no client is given anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PortcullisError } from '../src/errors.ts';
import { parseJson } from '../src/json/parse.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import type { Evaluation } from '../src/policy/evaluator.ts';
import { createWasmEvaluator } from '../src/policy/wasm/evaluator.ts';
import { policySet } from './support/rego-module.ts';

const RULES: Readonly<Record<string, string>> = {
  echo: 'input',
  keys: '{text: number | some text in texts; some number in numbers}',
  decoded: '[base64.decode(text) | some text in texts]',
  decodedKeys: '{base64.decode(text): text | some text in texts}',
  url: '[base64url.decode(text) | some text in texts]',
  parts: '[part | some text in texts; some part in split(base64.decode(text), "")]',
  cut: '[substring(text, 1, 1) | some text in texts]',
  uppercased: '[upper(text) | some text in texts]',
  reversed: '[strings.reverse(base64.decode(text)) | some text in texts]',
  formatted: '[sprintf("%v %s %q", [text, text, text]) | some text in texts]',
  marshalled: '[json.marshal(text) | some text in array.concat(texts, numbers)]',
  read: '[json.unmarshal(text) | some text in texts]',
  number: '[to_number(text) | some text in texts]',
  computed: '[[x + y, x * y, abs(x), round(x), floor(x)] | some x in numbers; some y in numbers]',
  divided: '[z | some x in numbers; some y in numbers; y != 0; z := x / y]',
  literal: '[.5, -0, 1e-7, 1e400, 1.0, input]',
  sets: '{texts, {number | some number in numbers}}',
};
const set = await policySet(
  {
    rego: `package j
texts := [text | some text in input; is_string(text)]
numbers := [number | some number in input; is_number(number)]
${Object.entries(RULES)
  .map(([name, body]) => `${name} := ${body}`)
  .join('\n')}
`,
    entrypoints: Object.keys(RULES).map((rule) => `j/${rule}`),
  },
  new Set(BUILTINS.keys()),
);
const evaluator = await createWasmEvaluator(set, {
  builtins: BUILTINS,
  clock: { wallMs: () => 0, monotonicMs: () => 0 },
});

/** Whether there was an answer, which then is JSON. */
function answersJson(rule: string, input: string): boolean {
  let json: string | undefined;
  try {
    ({ json } = evaluator.evaluate(`j/${rule}`, Buffer.from(input), {
      wallMs: 0,
      deadlineMs: 1,
    }) as Evaluation);
  } catch (thrown) {
    // A number that JSON cannot write, or an object with one key for two values: no answer, so no allow.
    assert.ok(thrown instanceof PortcullisError, String(thrown));
    assert.match(thrown.code, /^evaluation_(?:failed|conflict)$/);
    return false;
  }
  if (json !== undefined) parseJson(json);
  return json !== undefined;
}

const bytes = fc.uint8Array({ maxLength: 8 }).map((octets) => Buffer.from(octets).toString('base64'));
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '\0',
    '\u001f\u007f',
    '\u2028\u2029',
    '"\\',
    '\uFEFF',
    '<&>',
    '😀',
    '\uFFFD',
    'e1',
    '5.',
    '01',
    '.5',
  ),
  bytes,
  bytes.map((base64) => base64.replaceAll('+', '-').replaceAll('/', '_')),
);
const number = fc.constantFrom(
  '0',
  '-0',
  '1.0',
  '1E+2',
  '-2.50',
  '1e-7',
  '1e21',
  '1e400',
  '9223372036854775808',
  '0.1',
);
const input = fc
  .array(
    fc.oneof(
      text.map((value) => JSON.stringify(value)),
      number,
    ),
    { maxLength: 6 },
  )
  .map((values) => `[${values.join(',')}]`);

for (const rule of Object.keys(RULES)) {
  test(`what ${rule} answers is JSON`, () => {
    fc.assert(
      fc.property(input, (json) => {
        answersJson(rule, json);
      }),
      { numRuns: 150, seed: 1 },
    );
  });
}

test('most of these evaluations do answer', () => {
  const plain = '["a", "YWI=", "1", 2]';
  const silent = Object.keys(RULES).filter((rule) => !answersJson(rule, plain));
  assert.deepEqual(silent, ['literal']);
});
