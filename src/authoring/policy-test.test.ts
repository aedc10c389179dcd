// needs: opa
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { LineRange } from './coverage.ts';
import { type PolicyTestOptions, type PolicyTestReport, type TestStep, testPolicies } from './policy-test.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-author-'));
});
after(() => rm(dir, { recursive: true, force: true }));

let folders = 0;
async function run(
  files: Record<string, string>,
  options: Partial<PolicyTestOptions> = {},
): Promise<PolicyTestReport> {
  const folder = join(dir, String(++folders));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return testPolicies({ sources: [folder], ...options });
}

const step = (report: PolicyTestReport, name: TestStep['name']): TestStep =>
  report.steps.find((candidate) => candidate.name === name)!;

const DOOR = `package door

# METADATA
# entrypoint: true
default open := false

open if input.who in data.door.keepers

open if input.key == crypto.sha256("key")
`;
const TESTS = `package door_test

import data.door

test_keeper if door.open with input as {"who": "anna"}

test_stranger if not door.open with input as {"who": "otto"}

test_key if door.open with input as {"key": crypto.sha256("key")}
`;
const VECTORS = `
- { name: keeper, entrypoint: door/open, input: { who: anna }, expect: true }
- { name: stranger, entrypoint: door/open, input: { who: otto }, expect: false }
- { name: nobody, entrypoint: door/open, expect: false }
`;
const FILES = {
  'door/door.rego': DOOR,
  'door/door_test.rego': TESTS,
  'door/data.json': '{"keepers": ["anna"]}',
  'door/vectors.yaml': VECTORS,
};

test('good policies pass every step, and come out built', async () => {
  const report = await run(FILES, { coverageThreshold: 100 });
  assert.equal(report.passed, true, JSON.stringify(report.steps));
  assert.deepEqual(
    report.steps.map(({ name }) => name),
    ['format', 'check', 'tests', 'coverage', 'build', 'vectors', 'cache'],
  );
  assert.equal(step(report, 'tests').summary, '3 tests passed');
  assert.match(step(report, 'vectors').summary, /^3 decision vectors .* \(3 from the cache\)$/);
  assert.deepEqual(report.bundle?.entrypoints, ['door/open']);
});

test('each kind of mistake fails its own step and names the author’s file', async () => {
  const table: [TestStep['name'], Record<string, string>, RegExp][] = [
    ['format', { 'door/door.rego': DOOR.replace('default open', 'default  open') }, /\/door\/door\.rego$/],
    ['check', { 'door/door.rego': `${DOOR}\nf(x) := 1\n` }, /\/door\/door\.rego:11: .*unused argument x/],
    ['tests', { 'door/data.json': '{"keepers": []}' }, /test_keeper: FAIL/],
    [
      'tests',
      { 'door/door_test.rego': 'package door_test\n\ntest_x if y\n' },
      /\/door_test\.rego:3: .*y is unsafe/,
    ],
    ['build', { 'door/door.rego': DOOR.replace('# entrypoint: true', '# title: x') }, /no entrypoint/],
    ['vectors', { 'door/data.json': '{"keepers": []}' }, /“keeper” \(door\/open\) expects true, got false$/],
    ['build', { 'door/vectors.yaml': '- { name: x }' }, /\/door\/vectors\.yaml: “x”: entrypoint/],
  ];
  for (const [name, files, details] of table) {
    const report = await run({ ...FILES, ...files });
    assert.equal(report.passed, false, name);
    assert.equal(step(report, name).passed, false, JSON.stringify(report.steps));
    assert.match(step(report, name).details, details);
  }
});

const SUMMARY = "x % of the policies' lines by tests, x % with vectors, 95 % wanted";

test('what failing tests print is told, what passing ones print is not', async () => {
  const tests = TESTS.replace('test_keeper if ', 'test_keeper if {\n\tprint("seen", input)\n\t').replace(
    '{"who": "anna"}',
    '{"who": "anna"}\n}',
  );
  const passing = await run({ ...FILES, 'door/door_test.rego': tests }, { lint: false });
  assert.equal(step(passing, 'tests').details, '');
  const files = { ...FILES, 'door/door_test.rego': tests, 'door/data.json': '{"keepers": []}' };
  const { details } = step(await run(files, { lint: false }), 'tests');
  assert.match(details, /\/door_test\.rego:5:\n.*test_keeper: FAIL.*\n\n +seen <undefined>/);
});

test('coverage counts the policies alone and names what no test runs', async () => {
  const tests = TESTS.slice(0, TESTS.indexOf('test_key'));
  const partly = await run({ ...FILES, 'door/door_test.rego': tests }, { coverageThreshold: 95 });
  assert.equal(step(partly, 'tests').passed, true);
  assert.equal(step(partly, 'coverage').passed, false);
  const [door] = step(partly, 'coverage').coverage!.files;
  assert.match(door!.file, /\/door\/door\.rego$/);
  assert.deepEqual([door!.lines, door!.uncovered], [3, [{ first: 9, last: 9 }]]);
  assert.equal(step(partly, 'coverage').summary.replace(/\d+\.\d/g, 'x'), SUMMARY);
  const none = await run(
    { ...FILES, 'door/door_test.rego': 'package door_test\n', 'door/vectors.yaml': '[]' },
    { coverageThreshold: 1 },
  );
  assert.equal(step(none, 'coverage').passed, false);
});

const MANY = `package many

# METADATA
# entrypoint: true
allow if {
	print("asked", input.who)
	some x in input.xs
	x > 2
	every y in input.ys {
		y > 1
		y < 9
	}
}

reasons := r if {
	r := [z |
		some z in input.xs
		z > 4
	]
	count(r) > 0
} else := "none" if {
	count(input.none) > 0
}

f(1) := "one"

f(x) := y if {
	y := x + 1
	x > 7
}

# METADATA
# entrypoint: true
out := {
	"f": f(input.n),
	"r": reasons,
}

unused if input.never
`;

test('coverage counts what vectors run as OPA counts what tests run', async () => {
  const table: [string, string, string, number[]][] = [
    ['no value', 'allow', '{}', [5, 8, 9, 10, 11, 12]],
    ['a condition fails', 'allow', '{"xs": [1]}', [5, 9, 10, 11, 12]],
    ['a body is left early', 'allow', '{"xs": [3], "ys": [0]}', [5]],
    ['all holds', 'allow', '{"who": "a", "xs": [3], "ys": [2]}', []],
    ['the first branch', 'out', '{"xs": [5], "n": 8}', [21, 22, 25]],
    ['the other branch', 'out', '{"none": [1], "n": 1}', [15, 27]],
    ['neither', 'out', '{"xs": [1], "none": [], "n": 9}', [15, 21, 25, 34, 35, 36, 37]],
  ];
  const missed = await Promise.all(
    table.map(async ([, entrypoint, input]) => {
      const vector = `- { name: x, entrypoint: many/${entrypoint}, input: ${input} }\n`;
      const files = { 'many.rego': MANY, 'many_test.rego': 'package many_test\n', 'vectors.yaml': vector };
      const byVectors = step(await run(files, MEASURED), 'coverage').coverage!.files[0]!;
      const test = `package many_test

test_it if count([1 | data.many.${entrypoint}]) >= 0 with input as ${input}
`;
      const byTests = step(await run({ ...files, 'many_test.rego': test }, MEASURED), 'coverage').coverage!
        .files[0]!.byTests;
      assert.deepEqual(rowsOf(byVectors.uncovered), rowsOf(byTests.uncovered), `${entrypoint} ${input}`);
      return rowsOf(byVectors.uncovered);
    }),
  );
  table.forEach(([name, entrypoint, , expected], index) => {
    const [from, to] = entrypoint === 'allow' ? [5, 12] : [15, 37];
    assert.deepEqual(
      missed[index]!.filter((row) => row >= from && row <= to),
      expected,
      name,
    );
  });
});

const MEASURED = { coverageThreshold: 1, lint: false };

function rowsOf(ranges: readonly LineRange[]): number[] {
  return ranges.flatMap(({ first, last }) =>
    Array.from({ length: last - first + 1 }, (_, row) => first + row),
  );
}

test('vectors are asked at their own time, and no answer outlives its validity in the cache', async () => {
  const report = await run({
    'x.rego': `package x

# METADATA
# entrypoint: true
valid if io.jwt.decode_verify(input.token, {"secret": "secret"})[0]
`,
    // HS256 with the secret "secret", {"exp": 1800000000}
    'vectors.yaml': `
- name: before it ends
  entrypoint: x/valid
  now: 2027-01-15T07:59:59.999Z
  input: &token { token: TOKEN }
  expect: true
- name: at its end
  entrypoint: x/valid
  now: 2027-01-15T08:00:00Z
  input: *token
  undefined: true
`.replace('TOKEN', hs256({ exp: 1_800_000_000 })),
  });
  assert.equal(report.passed, true, JSON.stringify(report.steps));
  assert.match(step(report, 'vectors').summary, /\(\d from the cache\)/);
});

function hs256(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', 'secret').update(signed).digest('base64url')}`;
}
