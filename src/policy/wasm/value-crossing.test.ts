// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { policySet } from '../../../test/support/rego-module.ts';
import { decodeRego, encodeRego } from '../codec.ts';
import { WasmInstance } from './instance.ts';
import { type Operand, RegoText } from './rego-text.ts';

/** Values read out of a module's memory, and written into it, are those that it writes and reads itself as text. */

const set = await policySet(
  {
    rego: `package t
given := test.one(input)
kept := [[test.one(x) | some x in data.texts], test.one("constant"), test.one("é")]
rest := test.one({"set": {1, "a", {2, 3}, [null]}, 1: true, {"k"}: {}, "empty": set(), "big": 12345678901234567890, "half": 0.50})
`,
    entrypoints: ['t/given', 't/kept', 't/rest'],
    builtins: [{ name: 'test.one', arity: 1 }],
  },
  new Set(['test.one']),
  '{"texts": ["from data", "\\u0000\\"\\\\", "\u{1f600}"]}',
);
const module = set.modules[0]!;

/** The instance, and what its calls were given. */
function instanceOf(asText: boolean): { instance: WasmInstance; given: Operand[] } {
  const given: Operand[] = [];
  const host = {
    wantsTexts: () => asText,
    invoke: (_id: number, [operand]: readonly Operand[]) => {
      given.push(operand!);
      if (operand instanceof RegoText || typeof operand === 'string' || typeof operand === 'boolean')
        return operand;
      return new RegoText(encodeRego(operand ?? null));
    },
    print: () => {},
  };
  return { instance: WasmInstance.load(module, set.dataJson, host, 1 << 26), given };
}

const read = instanceOf(false);
const written = instanceOf(true);

function bothGive(rule: string, input: string): void {
  const number = module.entrypoints[`t/${rule}`]!;
  read.given.length = 0;
  written.given.length = 0;
  const direct = read.instance.evaluate(number, Buffer.from(input));
  const throughText = written.instance.evaluate(number, Buffer.from(input));
  assert.equal(direct, throughText);
  assert.equal(read.given.length, written.given.length);
  for (const [index, operand] of read.given.entries()) {
    const text = written.given[index] as RegoText;
    if (operand instanceof RegoText) assert.deepEqual(operand, text);
    else assert.equal(encodeRego(operand), encodeRego(decodeRego(text.text)), text.text);
  }
}

test('values of requests', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4, stringUnit: 'grapheme' }), (input) => bothGive('given', input)),
    { numRuns: 1000 },
  );
});

for (const input of [
  '1',
  '-0',
  '1.0',
  '1e3',
  '9007199254740993',
  '-9223372036854775808',
  '1e999',
  '""',
  '[]',
  '{}',
  '" "',
]) {
  test(`the value ${input}`, () => bothGive('given', input));
}

test('constants, base data, sets and odd keys', () => {
  bothGive('kept', '1');
  bothGive('kept', '1');
  bothGive('rest', '1');
});

test('large values are written by the module', () => {
  const many = JSON.stringify(Array.from({ length: 300 }, (_, index) => index));
  bothGive('given', many);
  assert.ok(read.given[0] instanceof RegoText);
});

test('texts of constants and base data arrive as they are, also when they are kept', () => {
  const number = module.entrypoints['t/kept']!;
  read.given.length = 0;
  for (let round = 0; round < 2; round++) read.instance.evaluate(number, undefined);
  const texts = ['constant', 'é', 'from data', '\0"\\', '\u{1f600}'];
  assert.deepEqual(read.given, [...texts, ...texts]);
});
