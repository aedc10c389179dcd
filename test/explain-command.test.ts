// needs: opa
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { runOpa } from '../src/authoring/opa-tool.ts';
import type { Explanation } from '../src/policy/plan/explain/explanation.ts';
import { cliFolder } from './support/run-cli.ts';

const BUNDLE = [resolve('bundles/shop.tar.gz'), '--key', resolve('bundles/shop.pub.pem')];
const SHOP = ['explain', '--bundle', ...BUNDLE, '--entrypoint', 'shop/authz/decision'];
const input = (name: string): string[] => ['--input', resolve('examples/demo', name)];

test('a denial is explained with the places in the sources and the values', async (t) => {
  const { run } = await cliFolder(t);
  const { code, out } = await run([...SHOP, ...input('deny.json'), '--no-json']);
  assert.equal(code, 1);
  const [first, , second] = out.split('\n');
  assert.match(first!, /^denied {2}shop\/authz\/decision = \{"allowed": false, /);
  assert.equal(second, 'where it failed');
  assert.match(
    out,
    /shop\/authz\.rego:\d+ {2}input\.resource\.owner == identity\.subject\n +left = "alice"; right = "bob"/,
  );
  const { subject } = JSON.parse(await readFile('examples/demo/deny.json', 'utf8')) as {
    subject: { token: string };
  };
  for (const part of subject.token.split('.')) assert.ok(!out.includes(part), part);
});

test('as JSON; --mask hides a place and what is made from it', async (t) => {
  const { run } = await cliFolder(t);
  const plain = await run([...SHOP, ...input('allow.json'), '--json']);
  assert.equal(plain.code, 0);
  const { status, moduleDiffers, rules, roots } = JSON.parse(plain.out) as Explanation & {
    status: string;
    moduleDiffers: boolean;
  };
  assert.deepEqual([status, moduleDiffers], ['allowed', false]);
  assert.equal(rules[roots[0]!]?.name, 'data.shop.authz.decision');
  const masked = await run([...SHOP, ...input('allow.json'), '--mask', '/input/resource/owner', '--json']);
  assert.match(plain.out, /"value":"\\"alice\\""/);
  assert.doesNotMatch(masked.out, /"name":"left","value":"\\"alice\\""/);
  const wrong = await run([...SHOP, '--mask', 'owner']);
  assert.deepEqual([wrong.code, /--mask: write a JSON pointer/.test(wrong.err)], [2, true]);
});

test('a bundle without a bound plan cannot be explained, and says so', async (t) => {
  const { cwd, run, write } = await cliFolder(t);
  await write('p.rego', 'package p\n\n# METADATA\n# entrypoint: true\nallow if input.x\n');
  const file = join(cwd, 'opa.tar.gz');
  const built = await runOpa(['build', '-t', 'wasm', '-e', 'p/allow', '-o', file, join(cwd, 'p.rego')]);
  assert.equal(built.exitCode, 0);
  const { code, err } = await run(['explain', '-b', 'opa.tar.gz', '--unsigned', '-e', 'p/allow']);
  assert.notEqual(code, 0);
  assert.match(err, /error \[bundle_plan_missing\]/);
});

test('where module and plan differ, the text says so', async (t) => {
  const { run, write } = await cliFolder(t);
  const rule =
    'allow if concat(",", [role | some role in {role | some role in input.roles}]) in {"admin", "admin,clerk,zed"}';
  await write('p.rego', `package p\n\n# METADATA\n# entrypoint: true\ndefault allow := false\n\n${rule}\n`);
  assert.equal((await run(['build', '.', '-o', 'p.tar.gz'])).code, 0);
  const command = ['explain', '-b', 'p.tar.gz', '--unsigned', '--no-json', '-i'];
  const differing = await run([...command, '{"roles": ["zed", "admin", "clerk"]}']);
  assert.match(differing.out, /^denied {2}p\/allow = true\nthe module, .* answers otherwise/);
  const same = await run([...command, '{"roles": ["admin"]}']);
  assert.match(same.out, /^allowed {2}p\/allow = true\n\n/);
});
