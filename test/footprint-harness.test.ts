// needs: opa
/** The harness itself: a footprint that forgets something is found out, whatever it forgets. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parseJson } from '../src/json/parse.ts';
import type { JsonValue } from '../src/json/value.ts';
import {
  COMPARED,
  type Footprint,
  FULL,
  KEYS,
  type ReadTree,
  SCALAR,
  TYPE,
  WHOLE,
} from '../src/policy/plan/footprint.ts';
import { type Bench, createBench } from './support/footprint-bench.ts';
import { FootprintCheck } from './support/footprint-check.ts';
import { inputFrom, variantsOf } from './support/footprint-inputs.ts';
import { mutantsOf } from './support/footprint-mutants.ts';
import { Choices } from './support/rego-choices.ts';
import { buildModule } from './support/rego-module.ts';
import { buildPlan } from './support/rego-plan.ts';

const REGO = `package p

import data.limits

allow if {
  input.user.role in {"admin", data.deputy}
  count(input.tags) < limits[input.kind]
  not input.blocked
}

echo := input.note`;

const DATA = '{"deputy": "vice", "limits": {"small": 2, "large": 9}, "other": 1}';

const leaf = (reads: number): ReadTree => ({ reads });
const node = (children: Readonly<Record<string, ReadTree>>): ReadTree => ({
  reads: 0,
  children: new Map(Object.entries(children)),
});

const INPUT = node({
  user: node({ role: leaf(COMPARED) }),
  // A text has a length, too.
  tags: leaf(SCALAR | KEYS),
  kind: leaf(SCALAR),
  blocked: leaf(TYPE),
});
const BASE = node({ deputy: leaf(FULL), limits: leaf(FULL) });

const [plan, wasm] = await Promise.all([
  buildPlan([REGO], ['p/allow', 'p/echo']),
  buildModule({ rego: REGO, entrypoints: ['p/allow', 'p/echo'] }),
]);
const benches: Bench[] = [];
after(() => {
  for (const bench of benches) bench.close();
});

async function benchWith(input: ReadTree, data: ReadTree): Promise<Bench> {
  const footprint: Footprint = { input, data, effects: new Map(), clock: 'unread', fullReads: [] };
  const bench = await createBench({
    plan,
    wasm,
    dataText: DATA,
    entrypoints: ['p/allow', 'p/echo'],
    footprints: new Map([
      ['p/allow', footprint],
      ['p/echo', footprint],
    ]),
  });
  benches.push(bench);
  return bench;
}

const ALLOWED = '{"user": {"role": "admin"}, "tags": ["a"], "kind": "small", "blocked": false, "id": 7}';

async function differing(input: ReadTree, data: ReadTree, documents: readonly string[]): Promise<string[]> {
  const check = new FootprintCheck(await benchWith(input, data), 'p/allow');
  for (const document of documents) check.ask({ input: parseJson(document) });
  return [...new Set(check.differences.map(({ what }) => what))].sort();
}

test('a footprint that shows what is read is found right', async () => {
  const documents = [
    ALLOWED,
    ALLOWED.replace('7', '8'),
    ALLOWED.replace('false', 'true'),
    '{}',
    '[]',
    'null',
  ];
  assert.deepEqual(await differing(INPUT, BASE, documents), []);
  assert.deepEqual(await differing(WHOLE, WHOLE, documents), []);
});

const without = (name: string): ReadTree => {
  const children = new Map(INPUT.children);
  children.delete(name);
  return { ...INPUT, children };
};

for (const [name, document] of [
  ['user', ALLOWED],
  ['tags', ALLOWED],
  ['kind', ALLOWED],
  ['blocked', ALLOWED.replace('false', 'true')],
] as const) {
  test(`input.${name} forgotten is seen in the plan and in the module`, async () => {
    assert.deepEqual(await differing(without(name), BASE, [document]), ['data', 'module', 'plan']);
  });
}

test('two inputs of one key and of two answers are seen', async () => {
  const documents = [ALLOWED, ALLOWED.replace('false', 'true')];
  assert.ok((await differing(without('blocked'), BASE, documents)).includes('an equal key'));
});

test('data forgotten is seen', async () => {
  assert.deepEqual(await differing(INPUT, node({ deputy: leaf(FULL) }), [ALLOWED]), ['data']);
});

test('every read of that footprint is worth something: near one input there are others that show it', async () => {
  const bench = await benchWith(INPUT, BASE);
  const documents: JsonValue[] = [];
  const choices = new Choices(1);
  const constants = ['admin', 'vice', 'small', 'large'];
  for (const input of variantsOf(choices, parseJson(ALLOWED), constants, 600)) {
    if (input !== undefined) documents.push(input);
  }
  for (let i = 0; i < 100; i++) documents.push(inputFrom(choices, INPUT, constants));
  const isSeen = (tree: ReadTree): boolean => {
    const check = new FootprintCheck(bench, 'p/allow', tree);
    for (const input of documents) check.ask({ input });
    return check.differences.length > 0;
  };
  assert.equal(isSeen(INPUT), false);
  const unseen = [...mutantsOf(INPUT)].filter(({ tree }) => !isSeen(tree));
  assert.deepEqual(
    unseen.map(({ name }) => name),
    [],
  );
});
