// needs: opa
/** A policy that calls a builtin which the server does not offer is refused by the builtin's name, wherever it would come in. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../src/bundle/archive.ts';
import { MemorySource, ReloadPlane } from './support/reload-plane.ts';
import { cliFolder } from './support/run-cli.ts';
import { Signer } from './support/signed-bundles.ts';

/** It needs OPA's compiler, so no server will ever have it. */
const POLICY =
  'package demo\n\nimport rego.v1\n\n# METADATA\n# entrypoint: true\nallow if rego.parse_module("a.rego", input.text)\n';
const MISSING =
  /calls builtins that this server does not offer: rego\.parse_module; rego\.parse_module needs OPA's compiler, .*: parse modules where bundles are built/m;

test('portcullis build and test refuse it', async (t) => {
  const folder = await cliFolder(t);
  await writeFile(join(folder.cwd, 'demo.rego'), POLICY);
  const built = await folder.run(['build', '.', '-o', 'demo.tar.gz']);
  assert.equal(built.code, 1);
  assert.match(built.err, /^error \[bundle_builtin_unknown\]: /);
  assert.match(built.err, MISSING);
  await assert.rejects(readFile(join(folder.cwd, 'demo.tar.gz')), { code: 'ENOENT' });
  const tested = await folder.run(['test', '.', '--no-json']);
  assert.equal(tested.code, 1);
  assert.match(tested.out, /^FAIL build {5}bundle_builtin_unknown\n {4}module /m);
  assert.match(tested.out, MISSING);
});

test("so is what is for OPA's test runner only; each reason is given", async (t) => {
  const folder = await cliFolder(t);
  const policy =
    'package demo\n\nimport rego.v1\n\n# METADATA\n# entrypoint: true\nallow if {\n\tinternal.test_case([input])\n\trego.parse_module("a.rego", input.text)\n}\n';
  await writeFile(join(folder.cwd, 'demo.rego'), policy);
  const built = await folder.run(['build', '.', '-o', 'demo.tar.gz']);
  assert.equal(built.code, 1);
  assert.match(
    built.err,
    /does not offer: internal\.test_case, rego\.parse_module; internal\.test_case is for OPA's own test runner: /,
  );
  assert.match(built.err, /; rego\.parse_module needs OPA's compiler, /);
});

test('a server refuses it as OPA builds it, and keeps what it has', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-unknown-builtin-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const signer = new Signer('test');
  const signed = async (policy: string): Promise<Uint8Array> => {
    await writeFile(join(folder, 'demo.rego'), policy);
    const archive = join(folder, 'bundle.tar.gz');
    const entrypoint = ['-e', 'demo/allow', '-r', `${policy.length}`];
    const args = ['build', '-t', 'wasm', ...entrypoint, '-o', archive, join(folder, 'demo.rego')];
    const { exitCode, stderr } = await runOpa(args);
    assert.equal(exitCode, 0, stderr);
    return signer.archive(await readArchive(await readFile(archive), DEFAULT_ARCHIVE_LIMITS));
  };

  const source = new MemorySource();
  const plane = new ReloadPlane(t, { policy: source }, { publicKeyPem: signer.publicKeyPem });
  const before = 'package demo\n\nallow := true\n';
  source.archive = await signed(before);
  assert.equal(await plane.changed(), true);

  source.archive = await signed(POLICY);
  await assert.rejects(plane.changed(), { code: 'bundle_builtin_unknown', message: MISSING });
  const { lastError } = plane.bundle();
  assert.equal(lastError?.code, 'bundle_builtin_unknown');
  assert.match(lastError.message, MISSING);
  assert.equal(plane.revision(), `${before.length}`);
  assert.equal((await plane.ask()).status, 'allowed');
});
