// needs: opa
/** Footprints of whole plans: what entrypoints share, what is too much, and what is told of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { footprintText } from '../../../../test/support/footprint-rows.ts';
import { buildPlan } from '../../../../test/support/rego-plan.ts';
import type { JsonObject } from '../../../json/value.ts';
import { type Footprint, WHOLE } from '../footprint.ts';
import type { Plan, PlanLocation, Statement } from '../ir.ts';
import { readPlan } from '../read-plan.ts';
import { footprintsOf } from './footprints-of.ts';

async function footprints(
  rego: string,
  entrypoints: readonly string[],
  data: JsonObject = {},
): Promise<ReadonlyMap<string, Footprint>> {
  return footprintsOf(
    readPlan(await buildPlan([`package p\n\nimport rego.v1\n\n${rego}\n`], entrypoints)),
    data,
  );
}

test('each entrypoint sees what it reaches, though they share rules', async () => {
  const found = await footprints(
    `a if { shared; input.a == 1 }
b if { shared; input.b == 1; time.now_ns() > 0 }
shared if input.c == 1`,
    ['p/a', 'p/b'],
  );
  const a = found.get('p/a')!;
  const b = found.get('p/b')!;
  assert.equal(footprintText(a.input), 'a compared, c compared');
  assert.equal(footprintText(b.input), 'b compared, c compared');
  assert.deepEqual([a.clock, b.clock], ['unread', 'compared']);
  assert.deepEqual([...a.effects], []);
  assert.deepEqual([...b.effects], [['clock', ['time.now_ns']]]);
});

test('a function that is called with more constants than are followed sees all of them', async () => {
  const names = Array.from({ length: 50 }, (_, i) => `x${i}`);
  const calls = names.map((name) => `r if has("${name}")`).join('\n');
  const found = await footprints(`${calls}\nhas(name) if input[name] == 1`, ['p/r']);
  assert.deepEqual([...found.get('p/r')!.input.children!.keys()], names.sort());
});

test('what a function makes that is called in more ways than are followed grows under those who look at it', async () => {
  const names = Array.from({ length: 50 }, (_, i) => `x${i}`).sort();
  const made = 'made(value) := {"v": value}\nlooked(o) if o.v == 1\n';
  const looking: readonly (readonly [string, (name: string) => string])[] = [
    ['compared', (name) => `r if looked(made(input.${name}))`],
    ['full', (name) => `r if json.marshal(made(input.${name})) == "x"`],
  ];
  for (const [seen, rule] of looking) {
    const found = await footprints(`${names.map(rule).join('\n')}\n${made}`, ['p/r']);
    const expected = names.map((name) => `${name} ${seen}`).join(', ');
    assert.equal(footprintText(found.get('p/r')!.input), expected);
  }
});

test('more constants than are followed are any key', async () => {
  const names = Array.from({ length: 100 }, (_, i) => `x${i}`);
  const calls = names.map((name) => `r if has("${name}")`).join('\n');
  const found = await footprints(`${calls}\nhas(name) if input[name] == 1`, ['p/r']);
  assert.match(footprintText(found.get('p/r')!.input), /^keys, .*\* compared$/);
});

test('keys of data that are many are any key', async () => {
  const keys = Array.from({ length: 100 }, (_, i) => `x${i}`);
  const rego = 'r if { some key in data.keys; input[key] == 1 }';
  const few = await footprints(rego, ['p/r'], { keys: keys.slice(0, 3) });
  assert.equal(footprintText(few.get('p/r')!.input), 'x0 compared, x1 compared, x2 compared');
  const many = await footprints(rego, ['p/r'], { keys });
  assert.equal(footprintText(many.get('p/r')!.input), 'keys, * compared');
});

test('what is seen as a whole is told with its place', async () => {
  const found = await footprints(
    `r if { json.marshal(input.a) == "x"; some k, _ in input; input["b-c"].d == input.e }`,
    ['p/r'],
  );
  const told = found.get('p/r')!.fullReads.map(({ path, why, at }) => [path, why, at.row]);
  assert.deepEqual(told, [
    ['input', 'gone through', 5],
    ['input.a', 'handed to json.marshal', 5],
    ['input.e', 'compared with another value of unknown shape', 5],
    ['input["b-c"].d', 'compared with another value of unknown shape', 5],
  ]);
});

test('the same plan has the same footprints', async () => {
  const plan = await buildPlan(
    [
      `package p\n\nimport rego.v1\n\nr if { some k in ["b", "a"]; input[k].c == input.d[k] }\ns := input.x\n`,
    ],
    ['p/s', 'p/r'],
  );
  assert.deepEqual(footprintsOf(readPlan(plan), {}), footprintsOf(readPlan(plan), {}));
});

const at: PlanLocation = { file: '', row: 0, col: 0, endRow: 0, endCol: 0 };

/** One entrypoint of these statements. */
function planOf(block: readonly Statement[]): Plan {
  return {
    entrypoints: new Map([['p/r', { name: 'p/r', blocks: [block], locals: 10 }]]),
    functions: new Map(),
    builtins: ['time.now_ns'],
    argumentTypes: new Map(),
    resultTypes: new Map(),
    files: [],
    unplanned: [],
  };
}

test('a plan that goes ever deeper is given up: everything may be seen', () => {
  const deeper: Statement = {
    op: 'Dot',
    at,
    source: { local: 2 },
    key: { constant: 'a' },
    target: 2,
    inData: false,
  };
  const found = footprintsOf(
    planOf([
      { op: 'AssignVar', at, source: { local: 0 }, target: 2 },
      { op: 'Scan', at, source: 0, key: 3, value: 4, block: [deeper] },
    ]),
    {},
  );
  const { input, data, clock, effects } = found.get('p/r')!;
  assert.deepEqual([input, data, clock], [WHOLE, WHOLE, 'free']);
  assert.deepEqual([...effects], [['clock', ['time.now_ns']]]);
});

test('a block that is left between two writes leaves either value', () => {
  const dot = (key: string, target: number): Statement => ({
    op: 'Dot',
    at,
    source: { local: 0 },
    key: { constant: key },
    target,
    inData: false,
  });
  const found = footprintsOf(
    planOf([
      dot('a', 3),
      dot('b', 4),
      {
        op: 'Block',
        at,
        blocks: [
          [
            { op: 'AssignVar', at, source: { local: 3 }, target: 2 },
            dot('c', 5),
            { op: 'AssignVar', at, source: { local: 4 }, target: 2 },
          ],
        ],
      },
      { op: 'ResultSetAdd', at, value: 2 },
    ]),
    {},
  );
  assert.equal(footprintText(found.get('p/r')!.input), 'a full, b full, c there');
});

test('a loop brings into its next round what is read under with', () => {
  const dot = (source: number, key: string, target: number): Statement => ({
    op: 'Dot',
    at,
    source: { local: source },
    key: { constant: key },
    target,
    inData: false,
  });
  const found = footprintsOf(
    planOf([
      { op: 'AssignVar', at, source: { local: 0 }, target: 5 },
      {
        op: 'Scan',
        at,
        source: 0,
        key: 2,
        value: 3,
        block: [
          { op: 'With', at, local: 1, path: [], value: { constant: true }, block: [dot(5, 'x', 6)] },
          dot(3, 'y', 5),
        ],
      },
    ]),
    {},
  );
  assert.equal(footprintText(found.get('p/r')!.input), 'keys, x there, *.y.x there');
});

test('what is put into a part of the input is all that can be told of it', () => {
  const found = footprintsOf(
    planOf([
      { op: 'Dot', at, source: { local: 0 }, key: { constant: 'a' }, target: 2, inData: false },
      { op: 'Dot', at, source: { local: 0 }, key: { constant: 'b' }, target: 3, inData: false },
      { op: 'ObjectInsert', at, object: 2, key: { constant: 'x' }, value: { local: 3 } },
    ]),
    {},
  );
  assert.equal(footprintText(found.get('p/r')!.input), 'a full, b full');
});
