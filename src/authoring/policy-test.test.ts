// needs: opa
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
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
    ['format', 'check', 'tests', 'coverage', 'build', 'vectors'],
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

test('coverage counts the policies alone and names what no test runs', async () => {
  const tests = TESTS.slice(0, TESTS.indexOf('test_key'));
  const partly = await run({ ...FILES, 'door/door_test.rego': tests }, { coverageThreshold: 95 });
  assert.equal(step(partly, 'tests').passed, true);
  assert.equal(step(partly, 'coverage').passed, false);
  assert.match(step(partly, 'coverage').details, /\/door\/door\.rego:9 is not run by any test$/);
  const none = await run(
    { ...FILES, 'door/door_test.rego': 'package door_test\n' },
    { coverageThreshold: 1 },
  );
  assert.equal(step(none, 'coverage').passed, false);
});

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
