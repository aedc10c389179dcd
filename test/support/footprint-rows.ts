/** Rules, each with what is seen of the input and the data by what they mean, asked whole and projected. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseJson } from '../../src/json/parse.ts';
import {
  COMPARED,
  type Footprint,
  FULL,
  KEYS,
  type ReadTree,
  SCALAR,
  TYPE,
} from '../../src/policy/plan/footprint.ts';
import { type Bench, createBench } from './footprint-bench.ts';
import { FootprintCheck } from './footprint-check.ts';
import { constantsOf, inputFrom } from './footprint-inputs.ts';
import { Choices } from './rego-choices.ts';
import { buildPlan } from './rego-plan.ts';

const DATA = `{
  "cfg": {"header": "x-user", "headers": ["x-a", "x-b"], "by_key": {"x-c": true, "x-d": false}, "limit": 5, "flags": {"on": true}},
  "roles": {"ada": ["admin"], "bob": ["reader", "writer"]},
  "list": ["zero", "one", "two"],
  "numbers": {"1": "one", "2": "two"},
  "mixed": {"a": 1, "b": {"c": 2}}
}`;

/** A name; rules, `r` among them; what is seen of the input; and of the data where it matters. */
export type FootprintRow = readonly [name: string, rego: string, input: string, data?: string];

const NAMES: readonly (readonly [number, string])[] = [
  [TYPE, 'type'],
  [KEYS, 'keys'],
  [COMPARED, 'compared'],
  [SCALAR, 'scalar'],
  [FULL, 'full'],
];

/** Each place with what is seen of it; places above others only where more than that is seen of them. */
export function footprintText({ reads, children, each }: ReadTree, path = ''): string {
  const names = NAMES.filter(([bit]) => (reads & bit) !== 0).map(([, name]) => name);
  const below = [...(children ?? []), ...(each === undefined ? [] : [['*', each] as const])].map(
    ([key, child]) => footprintText(child, path === '' ? key : `${path}.${key}`),
  );
  if (names.length === 0 && below.length === 0 && path !== '') names.push('there');
  return [...(names.length === 0 ? [] : [`${path} ${names.join('+')}`.trim()]), ...below].join(', ');
}

const INPUTS_EACH = 60;

/** Makes a test of each row. All are compiled together, by the real OPA. */
export function testFootprints(
  rows: readonly FootprintRow[],
  alsoCheck: (footprint: Footprint, name: string) => void = () => {},
): void {
  let bench: Bench;
  const nameOf = (row: number): string => `row${row}/r`;
  before(async () => {
    const rego = rows.map(([, rules], i) => `package row${i}\n\nimport rego.v1\n\n${rules}\n`);
    const entrypoints = rows.map((_, i) => nameOf(i));
    const plan = await buildPlan(rego, entrypoints);
    bench = await createBench({ plan, wasm: undefined, dataText: DATA, entrypoints });
  });
  after(() => bench.close());
  for (const [i, [name, rego, input, data]] of rows.entries()) {
    test(name, () => {
      const footprint = bench.footprints.get(nameOf(i))!;
      assert.equal(footprintText(footprint.input), input);
      if (data !== undefined) assert.equal(footprintText(footprint.data), data);
      alsoCheck(footprint, name);
      const constants = constantsOf(rego, parseJson(DATA));
      const choices = new Choices(i);
      const check = new FootprintCheck(bench, nameOf(i));
      check.ask({ input: undefined });
      for (let n = 0; n < INPUTS_EACH; n++)
        check.ask({ input: inputFrom(choices, footprint.input, constants) });
      assert.deepEqual(check.differences, []);
    });
  }
}
