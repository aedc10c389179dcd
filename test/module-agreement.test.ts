// needs: opa
/** Builtins that OPA's modules answer as OPA does: a difference that is found here belongs in docs/module-differences.md. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { setOf } from '../src/policy/builtins/native/distinct.ts';
import { regoText } from '../src/policy/builtins/rego-text.ts';
import type { RegoValue } from '../src/policy/value.ts';
import { generated, oneOf, rowOf } from './support/generated.ts';
import { type Answer, ModuleAnswers } from './support/module-answers.ts';

const word = rowOf(oneOf('a b ab A . é ß Σ İ ς ŉ \u{1f600} | - \u0000 \u00a0 \u2003 \t \ufeff'), 6);
const short = rowOf(oneOf('a b A . é \u{1f600} |'), 2);
const some = short.filter((text) => text !== '');
const number = fc.integer({ min: -3, max: 9 });
const few: fc.Arbitrary<RegoValue> = fc.oneof(number, short, fc.constantFrom(true, false, null, 1.5, 'é'));
const list = fc.array(few, { maxLength: 4 });
const set = list.map((elements): RegoValue => setOf(elements));
const object = fc
  .dictionary(oneOf('a b c'), fc.oneof(few, list), { maxKeys: 3 })
  .map((members): RegoValue => new Map(Object.entries(members)));
const pairs = fc.dictionary(some, short, { maxKeys: 4 }).map((members) => new Map(Object.entries(members)));
const value = fc.oneof(few, list, object, set);

type Row = readonly fc.Arbitrary<RegoValue>[];
const OPERANDS: Readonly<Record<string, Row>> = {
  'all any count max sort': [fc.oneof(list, set)],
  'and or': [set, set],
  'array.concat': [list, list],
  'array.reverse array.flatten': [fc.oneof(list, fc.array(list))],
  'base64.encode base64url.encode': [word],
  'contains startswith endswith split trim trim_left trim_right trim_prefix trim_suffix': [word, short],
  'equal neq lt lte gt gte': [value, value],
  indexof: [word, some],
  'internal.member_2': [few, fc.oneof(list, set, object)],
  'is_array is_boolean is_null is_number is_object is_set is_string type_name': [value],
  'lower upper strings.reverse trim_space': [word],
  'numbers.range': [number, number],
  'object.get': [object, few, few],
  'object.keys': [object],
  'object.remove object.filter': [object, fc.oneof(list, set, object)],
  'object.union': [object, object],
  replace: [word, some, short],
  'strings.replace_n': [pairs, word],
  substring: [word, fc.nat(8), number],
};

const builtins = new Map(
  Object.entries(OPERANDS).flatMap(([names, row]) => names.split(' ').map((name) => [name, row] as const)),
);
const sides = new ModuleAnswers(new Map(Array.from(builtins, ([name, row]) => [name, row.length])));

for (const [name, row] of builtins) {
  test(`${name}: the module answers as OPA`, async () => {
    const rows = generated(fc.tuple(...row), 150);
    const [byModule, byOpa] = [await sides.ofModule(name, rows), await sides.ofOpa(name, rows)];
    const differences = rows.flatMap((operands, i) => {
      const [module, opa] = [shown(name, byModule[i]), shown(name, byOpa[i])];
      return module === opa ? [] : [`${name}${regoText([...operands])}: module ${module}, OPA ${opa}`];
    });
    assert.deepEqual(differences, []);
  });
}

/** Their result is a set: in an answer a list, which modules do not sort. */
const SETS: ReadonlySet<string> = new Set(['and', 'or', 'object.keys']);

function shown(name: string, answer: Answer | undefined): string {
  if (answer === undefined || typeof answer === 'string') return String(answer);
  const [result] = answer;
  if (!SETS.has(name) || !Array.isArray(result)) return regoText([...answer]);
  return result.map(regoText).toSorted().join();
}
