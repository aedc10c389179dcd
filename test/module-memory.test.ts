// needs: opa
/**
 * A module's static and base data are shared by all evaluations of an instance: one that changed them would turn over the
 * decisions of others. Each builtin that modules implement is called with operands of many kinds, out of base data, input and
 * policy, and the memory is compared before and after.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { NATIVE_BUILTINS } from '../src/policy/builtins/native/registry.ts';
import { ModuleMemory } from './support/module-memory.ts';
import { buildModule } from './support/rego-module.ts';

const VALUES = [
  ['true', 'false', 'null', '0', '1', '-1', '2.5', '1e21', '10', '16'],
  ['""', '"a"', '"a b"', '"true"', '"false"', '"null"', '"10.0.0.0/8"', '"/a/b"', '"YWJj"', '"[a-c]*"'],
  ['"{a,{b,*}}"', '"\\u0000\\u2028"', '"😀"'],
  ['[]', '["a", "b"]', '[1, 2, 3]', '[true, false]', '[["a"], ["b"]]', '["/a", "a/b"]', '[""]'],
  ['{}', '{"a": 1}', '{"a": {"b": [1, 2]}}', '{"a": "b", "b": "c"}', '{"a": ["b"], "b": ["a"]}'],
  ['[{"a": 1}, {"a": {"b": 2}}]'],
].flat();
const CONSTANTS = '[{1, "a"}, {"b", "a", "c"}, set(), {{1}, {1, 2}}, {{1}}]';
const OPERANDS = 2 * VALUES.length + 5;
const VALUES_JSON = `[${VALUES.join(', ')}]`;
const DATA = `{"values": ${VALUES_JSON}}`;
const ROUNDS = 100;

/** Of the builtins that modules implement and policies may name: how many operands they take. */
async function arities(): Promise<Map<string, number>> {
  const { stdout } = await runOpa(['capabilities', '--current']);
  const { builtins } = JSON.parse(stdout.toString('utf8')) as {
    builtins: { name: string; deprecated?: boolean; decl: { args?: unknown[] } }[];
  };
  const callable = builtins.filter(
    ({ name, deprecated }) =>
      NATIVE_BUILTINS.has(name) && deprecated !== true && !name.startsWith('internal.'),
  );
  return new Map(callable.map(({ name, decl }) => [name, decl.args?.length ?? 0]));
}

const NAMES = await arities();
const RULES = Array.from(NAMES, ([name, arity], index) => {
  const operands = Array.from({ length: arity }, (_, place) => `values[input.places[${place}]]`).join(', ');
  return name === 'walk'
    ? `r${index} := [x | walk(${operands}, x)]`
    : `r${index} := x if x := ${name}(${operands})`;
});
const BUILTIN_CALLS = await buildModule({
  rego: `package m
${RULES.join('\n')}
values := array.concat(array.concat(data.values, input.values), ${CONSTANTS})
`,
  entrypoints: RULES.map((_, index) => `m/r${index}`),
});
const REPLACEMENTS = await buildModule({
  rego: `package m
flat := x if x := input.x with input.x as "y"
deep := x if x := input with input.x.y.z as data.values
both := x if x := [input, data.values] with input.x as 1 with data.values as input.x
checked := json.is_valid(input)
`,
  entrypoints: ['flat', 'deep', 'both', 'checked'].map((rule) => `m/${rule}`),
});

/** The numerical recipes' generator: the same calls in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

test('no builtin of a module changes what must last in its memory', async () => {
  const memory = await ModuleMemory.of(BUILTIN_CALLS, DATA);
  const random = seeded(1);
  const findings = new Set<string>();
  const outcomes = { answered: 0, stopped: 0, trapped: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, name] of [...NAMES.keys()].entries()) {
      const places = [random(OPERANDS), random(OPERANDS), random(OPERANDS)];
      const input = `{"places": ${JSON.stringify(places)}, "values": ${VALUES_JSON}}`;
      const { outcome, changed } = memory.changedBy(`m/r${index}`, input);
      outcomes[outcome]++;
      if (changed.length > 0)
        findings.add(`${name} of ${JSON.stringify(places)}: ${changed.slice(0, 4).join(', ')}`);
    }
  }
  assert.deepEqual([...findings], []);
  assert.equal(outcomes.trapped, 0);
  assert.ok(outcomes.answered > 0.95 * ROUNDS * NAMES.size, JSON.stringify(outcomes));
});

const RULES_OF_REPLACEMENTS = ['flat', 'deep', 'both', 'checked'];
const UNHARMED = { outcome: 'answered', changed: [] };
const INPUTS = [
  ...VALUES,
  '{"x": "a"}',
  '{"x": {"y": "a"}}',
  '{"x": {"y": {"z": 1}}}',
  `"${'x'.repeat(3000)}"`,
];

test('replacing parts of an input of any kind changes nothing that must last', async () => {
  const memory = await ModuleMemory.of(REPLACEMENTS, DATA);
  for (const rule of RULES_OF_REPLACEMENTS) {
    for (const input of INPUTS) {
      assert.deepEqual(memory.changedBy(`m/${rule}`, input), UNHARMED, `${rule} of ${input.slice(0, 40)}`);
    }
  }
});

/** These tests would be of no use if they saw nothing where nothing is repaired. */
for (const [rule, input] of [
  ['checked', '"true"'],
  ['checked', '"false"'],
  ['flat', 'true'],
] as const) {
  test(`without repairs, ${rule} of ${input.slice(0, 10)} would be found`, async () => {
    const memory = await ModuleMemory.of(REPLACEMENTS, DATA, false);
    assert.notDeepEqual(memory.changedBy(`m/${rule}`, input), UNHARMED);
  });
}

test('without repairs, replacing parts of texts would be found', async () => {
  const memory = await ModuleMemory.of(REPLACEMENTS, DATA, false);
  const lengths = Array.from({ length: 40 }, (_, index) => 100 * index);
  const found = lengths.filter(
    (length) => memory.changedBy('m/flat', `"${'x'.repeat(length)}"`).outcome !== 'answered',
  );
  assert.notDeepEqual(found, []);
});

test('a constant that is freed is seen as a change of memory', async () => {
  const memory = await ModuleMemory.of(REPLACEMENTS, DATA, false);
  assert.notDeepEqual(memory.changedBy('m/checked', '"true"').changed, []);
});
