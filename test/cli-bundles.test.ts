// needs: opa
/** Keys, signatures and bundles through the commands, with a module that the real OPA compiled. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../src/bundle/archive.ts';
import { writeArchive } from '../src/bundle/write-archive.ts';
import { hangingModule } from './support/hanging-module.ts';
import { buildModule } from './support/rego-module.ts';
import { type CliFolder, cliFolder } from './support/run-cli.ts';

const REGO = `package demo
import rego.v1

# METADATA
# entrypoint: true
decision := {"allowed": input.n > data.limit, "reason": "by size", "n": input.n}
now := time.now_ns()
missing := input.absent
loud if print("hello", input.n)
`;

const ENTRYPOINTS = ['demo/decision', 'demo/now', 'demo/missing'];

/** A folder with an unsigned bundle and a key pair. */
async function bundleFolder(t: TestContext): Promise<CliFolder> {
  const folder = await cliFolder(t);
  const module = await buildModule({ rego: REGO, entrypoints: ENTRYPOINTS });
  const wasm = ENTRYPOINTS.map((entrypoint) => ({ entrypoint, module: '/policy.wasm' }));
  const files = [
    {
      path: '.manifest',
      bytes: Buffer.from(JSON.stringify({ revision: 'r1', roots: ['demo', 'limit'], wasm })),
    },
    { path: 'data.json', bytes: Buffer.from('{"limit": 5}') },
    { path: 'demo/policy.rego', bytes: Buffer.from(REGO) },
    { path: 'policy.wasm', bytes: module },
  ];
  await folder.write('demo.tar.gz', await writeArchive(files));
  assert.equal((await folder.run(['keys', 'generate', '-o', 'demo'])).code, 0);
  return folder;
}

/** Replaces one file of an archive, whatever its signature says. */
async function tamper({ cwd }: CliFolder, name: string, path: string, text: string): Promise<void> {
  const files = await readArchive(await readFile(join(cwd, name)), DEFAULT_ARCHIVE_LIMITS);
  const changed = files.map((file) => (file.path === path ? { path, bytes: Buffer.from(text) } : file));
  await writeFile(join(cwd, name), await writeArchive(changed));
}

test('generated keys sign, verify what they signed and refuse what was changed', async (t) => {
  const folder = await bundleFolder(t);
  const { run } = folder;
  const verify = ['verify', 'signed.tar.gz', '--key', 'demo.pub.pem'];

  const unsigned = await run(['verify', 'demo.tar.gz', '--key', 'demo.pub.pem', '--no-json']);
  assert.equal(unsigned.code, 1);
  assert.match(unsigned.err, /error \[signature_missing\]/);

  const signed = await run(['sign', 'demo.tar.gz', '--key', 'demo.key.pem', '--out', 'signed.tar.gz']);
  assert.deepEqual([signed.code, signed.out], [0, 'signed signed.tar.gz: 4 files, key demo (ES256)\n']);
  const verified = await run([...verify, '--no-json']);
  assert.deepEqual(
    [verified.code, verified.out],
    [0, 'verified signed.tar.gz: 4 files, by key demo (ES256)\n'],
  );
  assert.deepEqual(JSON.parse((await run(verify)).out), {
    verified: true,
    algorithm: 'ES256',
    keyId: 'demo',
  });

  assert.equal((await run(['keys', 'generate', '-o', 'other'])).code, 0);
  const refusals: [string[], string][] = [
    [['--key', 'other.pub.pem'], 'signature_invalid'],
    [['--key', 'id=demo.pub.pem'], 'signature_key_unknown'],
    [['--key', 'demo.pub.pem', '--scope', 'prod'], 'signature_scope_mismatch'],
    [['--key', 'demo.pub.pem', '--key', 'other.pub.pem', '--key-id', 'other'], 'signature_invalid'],
  ];
  for (const [flags, code] of refusals) {
    const text = await run(['verify', 'signed.tar.gz', '--no-json', ...flags]);
    assert.equal(text.code, 1, code);
    assert.match(text.err, new RegExp(`^error \\[${code}\\]`));
    const json = await run(['verify', 'signed.tar.gz', ...flags]);
    assert.equal(json.code, 1, code);
    assert.deepEqual([JSON.parse(json.out).verified, JSON.parse(json.out).error.code], [false, code]);
  }
  const wrongKey = await run(['verify', 'signed.tar.gz', '--key', 'demo.pub.pem', '--algorithm', 'RS256']);
  assert.equal(wrongKey.code, 2);
  assert.match(wrongKey.err, /error \[key_invalid\]: demo\.pub\.pem: /);

  await tamper(folder, 'signed.tar.gz', 'data.json', '{"limit": 0}');
  const tampered = await run([...verify, '--no-json']);
  assert.equal(tampered.code, 1);
  assert.match(tampered.err, /error \[signature_hash_mismatch\]: data\.json/);
});

test('signing again replaces the signature; scope and key id are kept in it', async (t) => {
  const { run } = await bundleFolder(t);
  for (const scope of ['one', 'two']) {
    const flags = ['--key', 'demo.key.pem', '--key-id', 'prod', '--scope', scope];
    assert.equal((await run(['sign', 'demo.tar.gz', ...flags])).code, 0);
  }
  const { code, out } = await run(['verify', 'demo.tar.gz', '--key', 'prod=demo.pub.pem', '--scope', 'two']);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(out), { verified: true, algorithm: 'ES256', keyId: 'prod', scope: 'two' });
});

test('inspect shows what a bundle holds, needs and claims', async (t) => {
  const folder = await bundleFolder(t);
  const { run } = folder;
  const inspect = async (...flags: string[]) => {
    const { code, out } = await run(['inspect', 'demo.tar.gz', ...flags]);
    return { code, facts: JSON.parse(out) };
  };
  const unsigned = await inspect();
  assert.equal(unsigned.code, 0);
  assert.deepEqual(unsigned.facts.signature, { state: 'unsigned' });
  assert.equal(unsigned.facts.revision, 'r1');
  assert.deepEqual(unsigned.facts.roots, ['demo', 'limit']);
  assert.deepEqual(unsigned.facts.entrypoints, ENTRYPOINTS);
  assert.deepEqual(unsigned.facts.builtins, [{ name: 'time.now_ns', offered: true, effects: ['clock'] }]);
  assert.deepEqual(unsigned.facts.sources, ['demo/policy.rego']);
  assert.equal(unsigned.facts.plan, undefined);
  const noPlan = 'the manifest binds no plan to the module';
  assert.deepEqual([unsigned.facts.footprints, unsigned.facts.footprintsUnused], [[], noPlan]);

  assert.equal((await run(['sign', 'demo.tar.gz', '--key', 'demo.key.pem'])).code, 0);
  const claims = { algorithm: 'ES256', keyId: 'demo' };
  assert.deepEqual((await inspect()).facts.signature, { state: 'unchecked', ...claims });
  assert.deepEqual((await inspect('--key', 'demo.pub.pem')).facts.signature, {
    state: 'verified',
    ...claims,
  });
  const text = await run(['inspect', 'demo.tar.gz', '--no-json', '--key', 'demo.pub.pem']);
  assert.match(text.out, /^signature +verified, key demo \(ES256\)$/m);
  assert.match(text.out, /^builtins +time\.now_ns \(clock\)$/m);

  await tamper(folder, 'demo.tar.gz', 'data.json', '{"limit": 0}');
  const refused = await inspect('--key', 'demo.pub.pem');
  assert.equal(refused.code, 1);
  assert.equal(refused.facts.signature.state, 'refused');
  assert.equal(refused.facts.signature.error.code, 'signature_hash_mismatch');
  assert.deepEqual(
    [refused.facts.builtins, refused.facts.moduleUnread],
    [[], 'is not run, as its signature is refused'],
  );
});

test('build and inspect say where the module answers otherwise than OPA', async (t) => {
  const { run, write } = await cliFolder(t);
  const rules = 'first := [x | some x in {"b", "a"}][0]\n\nlisted := [x | some x in input.xs]';
  await write('p.rego', `package p\n\n${rules}\n`);
  const built = await run([
    'build',
    'p.rego',
    '-e',
    'p/first',
    '-e',
    'p/listed',
    '-o',
    'p.tar.gz',
    '--no-json',
  ]);
  assert.equal(built.code, 0, built.err);
  const differs = 'p/first differs from OPA: p.rego:3:15: the answer can depend on the order';
  assert.ok(built.err.includes(`warning: ${differs}`), built.err);
  // What depends on the input would be told of nearly every policy.
  assert.ok(!built.err.includes('p/listed'));
  const { out } = await run(['inspect', 'p.tar.gz', '--no-json']);
  assert.ok(out.includes(differs), out);
  assert.ok(out.includes('p/listed may differ from OPA: p.rego:5:16:'), out);
});

test('inspect says what entrypoints can depend on, and whether servers go by it', async (t) => {
  const { run, write } = await cliFolder(t);
  await write('p.rego', 'package p\n\nallow if {\n\tinput.user.name in data.p.names\n\tinput.id\n}\n');
  await write('data.json', '{"p": {"names": ["a"], "others": ["b"]}}');
  for (const key of ['right', 'wrong']) assert.equal((await run(['keys', 'generate', '-o', key])).code, 0);
  const build = ['build', 'p.rego', 'data.json', '-e', 'p/allow', '-o'];
  assert.equal((await run([...build, 'unsigned.tar.gz'])).code, 0);
  assert.equal((await run([...build, 'signed.tar.gz', '--key', 'right.key.pem'])).code, 0);
  const table: [string[], string | undefined][] = [
    [['unsigned.tar.gz'], 'the bundle is unsigned'],
    [['signed.tar.gz'], undefined],
    [['signed.tar.gz', '--key', 'right.pub.pem'], undefined],
    [['signed.tar.gz', '--key', 'right=wrong.pub.pem'], 'the signature is refused'],
  ];
  for (const [args, unused] of table) {
    const facts = JSON.parse((await run(['inspect', ...args])).out);
    assert.equal(facts.footprintsUnused, unused, args.join(' '));
    const [{ entrypoint, text, dataText, reads, dataReads, cacheability }, ...others] = facts.footprints;
    assert.deepEqual(others, []);
    assert.deepEqual([entrypoint, cacheability.class, cacheability.wholeInput], ['p/allow', 'always', false]);
    assert.equal(text, 'reads id, user.name; cacheable');
    assert.equal(dataText, 'reads data.p.names');
    assert.deepEqual(
      reads.map(({ path }: { path: string }) => path),
      ['input.id', 'input.user.name'],
    );
    assert.ok(dataReads.every(({ path }: { path: string }) => path.startsWith('data.p.names')));
  }
  const { out } = await run(['inspect', 'unsigned.tar.gz', '--no-json']);
  assert.match(
    out,
    /^footprints +not used by servers, which cache by the whole input: the bundle is unsigned\n +p\/allow reads id, user\.name; cacheable\n +of the data: reads data\.p\.names$/m,
  );
});

test('a module whose signature is refused is never run', async (t) => {
  const { run, write } = await cliFolder(t);
  const manifest = {
    revision: 'r1',
    roots: ['a'],
    wasm: [{ entrypoint: 'a/allow', module: '/policy.wasm' }],
  };
  const files = [
    { path: '.manifest', bytes: Buffer.from(JSON.stringify(manifest)) },
    { path: 'policy.wasm', bytes: hangingModule() },
  ];
  await write('evil.tar.gz', await writeArchive(files));
  assert.equal((await run(['keys', 'generate', '-o', 'demo'])).code, 0);
  for (const command of ['inspect', 'verify']) {
    const { code, err } = await run([command, 'evil.tar.gz', '--key', 'demo.pub.pem', '--no-json']);
    assert.equal(code, 1, `${command}: ${err}`);
  }
  const evaluated = await run(['eval', '--bundle', 'evil.tar.gz', '--key', 'demo.pub.pem', '-e', 'a/allow']);
  assert.match(evaluated.err, /error \[signature_missing\]/);
});

test('eval answers without a server, for verified bundles or with --unsigned', async (t) => {
  const { run, write } = await bundleFolder(t);
  await write('input.json', '{"n": 1e1}');
  const unsigned = ['eval', '--bundle', 'demo.tar.gz', '--unsigned'];
  const allowed = { allowed: true, reason: 'by size', n: 10 };
  const table: [string[], number, unknown][] = [
    [['--input', '{"n":10}'], 0, { status: 'allowed', value: allowed }],
    [['--input', 'input.json'], 0, { status: 'allowed', value: allowed }],
    [['--input', '-'], 0, { status: 'allowed', value: allowed }],
    [['--input', '{"n":5}'], 1, { status: 'denied', value: { allowed: false, reason: 'by size', n: 5 } }],
    [[], 1, { status: 'undefined' }],
    [['-e', 'demo/missing', '--input', '{}'], 1, { status: 'undefined' }],
    [
      ['-e', 'demo/now', '--now', '2026-01-31T12:00:00Z'],
      0,
      { status: 'not_a_decision', value: 1769860800000000000 },
    ],
    [['-e', 'demo/now', '--now', '1000'], 0, { status: 'not_a_decision', value: 1e9 }],
  ];
  const stdin = () => Promise.resolve(Buffer.from('{"n": 10}'));
  for (const [flags, code, expected] of table) {
    const ran = await run([...unsigned, ...flags], { stdin });
    const { status, value } = JSON.parse(ran.out);
    assert.deepEqual(value === undefined ? { status } : { status, value }, expected, flags.join(' '));
    assert.equal(ran.code, code, flags.join(' '));
  }
  const exact = await run([...unsigned, '--no-json', '--input', '{"n":12345678901234567890}']);
  assert.match(exact.out, /"n": 12345678901234567890/);

  const refusals: [string[], RegExp][] = [
    [['--input', '{"n":10,"n":1}'], /error \[json_duplicate_key\]: --input: /],
    [['--input', `${'['.repeat(200)}${']'.repeat(200)}`], /error \[json_too_deep\]: --input: /],
    ...[
      '2026-02-30',
      '2026-02-30T00:00:00Z',
      '2026-01-31T12:00:00',
      '2026-01-31',
      'March 5',
      '-1',
      '9223372036855',
      '9'.repeat(20),
      '2300-01-01T00:00:00Z',
      '',
    ].map((now): [string[], RegExp] => [[`--now=${now}`], /error \[usage\]: --now: write a time/]),
  ];
  for (const [flags, message] of refusals) {
    const { code, err } = await run([...unsigned, ...flags]);
    assert.match(err, message, flags.join(' '));
    assert.equal(code, 2, flags.join(' '));
  }
  for (const format of ['--json', '--no-json']) {
    const shown = await run([...unsigned, format, '--input', '{"n":"\\u001b[2J\\u009b"}'], { color: true });
    assert.match(shown.out, /"n": ?"\\u001b\[2J\\u009b"/, format);
  }

  const unknown = await run([...unsigned, '-e', 'demo/other']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /error \[unknown_entrypoint\]: demo\/other .*demo\/decision/);

  assert.equal((await run(['sign', 'demo.tar.gz', '--key', 'demo.key.pem'])).code, 0);
  const verified = ['eval', '--bundle', 'demo.tar.gz', '--key', 'demo.pub.pem', '--input', '{"n":10}'];
  assert.equal((await run(verified)).code, 0);
  const refused = await run(unsigned);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /error \[signature_no_key\]/);
});
