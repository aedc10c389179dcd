// needs: opa
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeArchive } from '../bundle/write-archive.ts';
import { type BuildOptions, type BuiltBundle, buildBundle } from './build.ts';
import { checkAgreement } from './compile-policies.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-author-'));
});
after(() => rm(dir, { recursive: true, force: true }));

let folders = 0;
async function policies(files: Record<string, string>): Promise<string> {
  const folder = join(dir, String(++folders));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function build(
  files: Record<string, string>,
  options: Partial<BuildOptions> = {},
): Promise<BuiltBundle> {
  return buildBundle({ sources: [await policies(files)], ...options });
}

const text = (bundle: BuiltBundle, path: string): string =>
  Buffer.from(bundle.files.find((file) => file.path === path)!.bytes).toString('utf8');
const bytes = (bundle: BuiltBundle, path: string): Uint8Array =>
  bundle.files.find((file) => file.path === path)!.bytes;
const sha256 = (value: Uint8Array): string => createHash('sha256').update(value).digest('hex');

const DOOR = `package door

# METADATA
# entrypoint: true
decision := {"allowed": open, "n": 12345678901234567890}

default open := false

open if {
	print("who", input.who)
	input.who in data.door.keepers
	regex.replace(input.who, "^a", "b") != ""
}
`;
const FILES = {
  'door/door.rego': DOOR,
  'door/door_test.rego': 'package door_test\n\ntest_x if true\n',
  'door/data.yaml': 'keepers: [anna]\nbig: 12345678901234567890\nexact: 1.0\n',
  'door/vectors.yaml':
    '- name: anna\n  entrypoint: door/decision\n  input: {who: anna}\n  expect: {allowed: true, n: 12345678901234567890}\n',
  'door/.hidden': 'x',
  '.git/data.json': '{"secret": 1}',
  'README.md': 'x',
};

test('the universal layout: what was written, the module, its plan, the vectors, a manifest that binds them', async () => {
  const bundle = await build(FILES);
  assert.deepEqual(bundle.files.map((file) => file.path).sort(), [
    '.manifest',
    'door/data.yaml',
    'door/door.rego',
    'plan.json',
    'policy.wasm',
    'vectors.json',
  ]);
  assert.equal(text(bundle, 'door/door.rego'), DOOR);
  assert.equal(text(bundle, 'door/data.yaml'), FILES['door/data.yaml']);
  const manifest = JSON.parse(text(bundle, '.manifest'));
  assert.equal(manifest.wasm, undefined);
  assert.deepEqual(manifest.roots, ['door']);
  assert.match(manifest.revision, /^[0-9a-f]{12}$/);
  const { builder, ...ours } = manifest.metadata.portcullis;
  assert.match(builder, /^portcullis\/\d/);
  assert.deepEqual(ours, {
    format: 1,
    opaVersion: '1.22.2',
    entrypoints: ['door/decision'],
    digests: { module: sha256(bytes(bundle, 'policy.wasm')), plan: sha256(bytes(bundle, 'plan.json')) },
    sequence: 0,
    capabilities: ['regex.replace'],
    findings: [],
  });
  assert.match(text(bundle, 'vectors.json'), /"n":12345678901234567890/);
});

test('neither the module nor the plan calls print', async () => {
  const bundle = await build(FILES);
  const plan = JSON.parse(text(bundle, 'plan.json'));
  const called: string[] = plan.static.builtin_funcs.map(({ name }: { name: string }) => name);
  assert.ok(called.includes('regex.replace'));
  assert.ok(!called.some((name) => name.includes('print')), called.join());
});

test('the same sources give the same bytes, wherever they lie', async () => {
  const first = await writeArchive((await build(FILES)).files);
  const again = await writeArchive((await build(FILES)).files);
  assert.equal(sha256(first), sha256(again));
  const other = await build({ ...FILES, 'door/data.yaml': 'keepers: [otto]\n', 'door/vectors.yaml': '[]' });
  assert.notEqual(sha256(await writeArchive(other.files)), sha256(first));
});

test('entrypoints: those asked for first, then those annotated in source order', async () => {
  const marked = (name: string): string => `# METADATA\n# entrypoint: true\n${name} := 1\n`;
  const files = {
    'b.rego': `package b\n\n${marked('z')}\n${marked('a')}\nplain := 2\n`,
    'a.rego': `package a\n\n${marked('y')}`,
  };
  assert.deepEqual((await build(files)).entrypoints, ['a/y', 'b/z', 'b/a']);
  assert.deepEqual((await build(files, { entrypoints: ['b/plain', 'b/a'] })).entrypoints, [
    'b/plain',
    'b/a',
    'a/y',
    'b/z',
  ]);
});

test('roots are what the bundle owns, or what the author says', async () => {
  const rego = (name: string): string => `package ${name}\n\n# METADATA\n# entrypoint: true\nx := 1\n`;
  const table: [Record<string, string>, Partial<BuildOptions>, string[]][] = [
    [
      { 'a.rego': rego('shop.authz'), 'b.rego': rego('shop.authz.sub'), 'shop/lib/data.json': '{}' },
      {},
      ['shop/authz', 'shop/lib'],
    ],
    [{ 'a.rego': rego('shop["en-gb"].x') }, {}, ['shop/en-gb/x']],
    [{ 'a.rego': rego('a'), 'data.json': '{"b": {"c": 1}}' }, {}, ['a', 'b']],
    [{ 'a.rego': rego('a') }, { roots: ['a', 'c'] }, ['a', 'c']],
    [{ 'a.rego': rego('a'), '.manifest': '{"roots": ["a", "d"], "revision": "r1"}' }, {}, ['a', 'd']],
  ];
  for (const [files, options, roots] of table) assert.deepEqual((await build(files, options)).roots, roots);
});

test('revision, sequence and the author’s metadata go into the manifest', async () => {
  const files = { ...FILES, '.manifest': '{"revision": "r1", "metadata": {"team": "doors"}}' };
  const bundle = await build(files, { sequence: 7 });
  const { metadata } = JSON.parse(text(bundle, '.manifest'));
  assert.equal(bundle.revision, 'r1');
  assert.equal(metadata.team, 'doors');
  assert.equal(metadata.portcullis.sequence, 7);
  assert.equal((await build(files, { revision: 'r2' })).revision, 'r2');
});

test('a bundle of data alone needs no OPA and has no module', async () => {
  const bundle = await build({ 'people/data.json': '{"anna": 1.0}' });
  assert.deepEqual(bundle.files.map((file) => file.path).sort(), ['.manifest', 'people/data.json']);
  assert.deepEqual(bundle.roots, ['people']);
});

test('paths in the bundle can be taken from a common folder', async () => {
  const folder = await policies(FILES);
  const bundle = await buildBundle({ sources: [join(folder, 'door')], base: folder });
  assert.ok(bundle.files.some((file) => file.path === 'door/data.yaml'));
});

test('mistakes are refused, with the author’s own file named', async () => {
  const entry = '# METADATA\n# entrypoint: true\n';
  const table: [string, Record<string, string>, string, RegExp][] = [
    ['syntax', { 'x/a.rego': 'package a\n\nx := \n' }, 'build_failed', /\/x\/a\.rego:4: rego_parse_error/],
    [
      'type',
      { 'x/a.rego': `package a\n\n${entry}x := y\n` },
      'build_failed',
      /\/x\/a\.rego:5: rego_unsafe_var_error/,
    ],
    [
      'an unsafe variable inside print, which OPA would refuse to load',
      { 'a.rego': `package a\n\n${entry}x if print(y)\n` },
      'build_failed',
      /\/a\.rego:5: .*var y is undeclared/,
    ],
    [
      'syntax beside print',
      { 'x/a.rego': 'package a\n\nx if { print(1) \n' },
      'build_failed',
      /\/x\/a\.rego:/,
    ],
    ['no entrypoint', { 'a.rego': 'package a\n\nx := 1\n' }, 'build_failed', /name one with -e/],
    ['nothing', { 'README.md': 'x' }, 'build_failed', /no policies and no data/],
    [
      'a builtin only OPA has',
      { 'a.rego': `package a\n\n${entry}x := rego.parse_module("a", input.x)\n` },
      'bundle_builtin_unknown',
      /rego\.parse_module/,
    ],
    [
      'a vector for a rule that is no entrypoint',
      { 'a.rego': `package a\n\n${entry}x := 1\n`, 'vectors.yaml': '- {name: v, entrypoint: a/y}' },
      'bundle_vectors_invalid',
      /vectors\.yaml: “v”: a\/y is not an entrypoint; there are: a\/x/,
    ],
    [
      'a name in two files',
      {
        'a.rego': `package a\n\n${entry}x := 1\n`,
        'vectors.yaml': '- {name: v, entrypoint: a/x, expect: 1}',
        'more_vectors.yaml': '- {name: v, entrypoint: a/x, expect: 1}',
      },
      'bundle_vectors_invalid',
      /vectors\.yaml: “v”: the name stands in .*more_vectors\.yaml too/,
    ],
    [
      'YAML',
      { 'a.rego': `package a\n\n${entry}x := 1\n`, 'vectors.yaml': '- [' },
      'bundle_vectors_invalid',
      /vectors\.yaml: /,
    ],
    [
      'our metadata',
      { 'a.rego': `package a\n\n${entry}x := 1\n`, '.manifest': '{"metadata":{"portcullis":{}}}' },
      'build_failed',
      /\.manifest: metadata/,
    ],
    [
      'unknown keys',
      { 'a.rego': `package a\n\n${entry}x := 1\n`, '.manifest': '{"wasm":[]}' },
      'build_failed',
      /\.manifest: .*wasm/,
    ],
  ];
  for (const [name, files, code, message] of table) {
    await assert.rejects(build(files), { code, message }, name);
  }
});

test('links, missing folders and two files for one place are refused', async () => {
  const linked = await policies(FILES);
  await symlink('/etc/hostname', join(linked, 'data.json'));
  await assert.rejects(buildBundle({ sources: [linked] }), { code: 'build_failed', message: /is a link/ });
  await assert.rejects(buildBundle({ sources: [join(dir, 'none')] }), { code: 'io_failed', message: /none/ });
  const twice = [await policies(FILES), await policies(FILES)];
  await assert.rejects(buildBundle({ sources: twice }), { code: 'build_failed', message: /same place/ });
});

test('module and plan must number entrypoints and builtins alike', () => {
  const plan = Buffer.from(
    '{"static":{"builtin_funcs":[{"name":"count"},{"name":"sprintf"}]},"plans":{"plans":[{"name":"a/x"}]}}',
  );
  checkAgreement({ entrypoints: { 'a/x': 0 }, builtins: { sprintf: 1 } }, plan);
  for (const tables of [
    { entrypoints: { 'a/x': 0, 'a/y': 1 }, builtins: { sprintf: 1 } },
    { entrypoints: { 'a/y': 0 }, builtins: { sprintf: 1 } },
    { entrypoints: { 'a/x': 0 }, builtins: { sprintf: 0 } },
    { entrypoints: { 'a/x': 0 }, builtins: { trace: 2 } },
  ]) {
    assert.throws(() => checkAgreement(tables, plan), { code: 'build_failed' });
  }
});
