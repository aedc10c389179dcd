// needs: opa
/** The stored demo: made from the policies as they are, verified by the stored key, and right about its example requests. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { DEMO_BUILD } from '../scripts/demo-build.ts';
import { inputDocument } from '../scripts/demo-requests.ts';
import { type BuiltBundle, buildBundle } from '../src/authoring/build.ts';
import { replayVectors } from '../src/authoring/replay.ts';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../src/bundle/archive.ts';
import { isSignaturesFile, MANIFEST_FILE } from '../src/bundle/file-names.ts';
import { loadVerificationKey } from '../src/bundle/keys.ts';
import { openBundle } from '../src/bundle/open.ts';
import { runCli } from '../src/cli/program.ts';
import { environment } from '../src/config/environment.ts';
import { recordingIo } from './support/run-cli.ts';

const root = join(import.meta.dirname, '..');
let archive: Buffer;
let built: BuiltBundle;

before(async () => {
  archive = await readFile(join(root, 'bundles/shop.tar.gz'));
  built = await buildBundle(DEMO_BUILD);
});

test('the bundle in bundles/ is what the policies give today; otherwise run `npm run bundles`', async () => {
  const stored = (await readArchive(archive, DEFAULT_ARCHIVE_LIMITS)).filter(
    ({ path }) => !isSignaturesFile(path),
  );
  const contents = (files: BuiltBundle['files']): Map<string, string> =>
    new Map(
      files.map(({ path, bytes }) => [
        path,
        path === MANIFEST_FILE ? manifest(bytes) : Buffer.from(bytes).toString('base64'),
      ]),
    );
  assert.deepEqual([...contents(stored).keys()].sort(), [...contents(built.files).keys()].sort());
  for (const [path, content] of contents(built.files)) {
    assert.ok(contents(stored).get(path) === content, `${path} differs from what the policies give`);
  }
});

/** The manifest without what differs between two builds of the same sources. */
function manifest(bytes: Uint8Array): string {
  const document = JSON.parse(Buffer.from(bytes).toString('utf8'));
  delete document.metadata.portcullis.sequence;
  delete document.metadata.portcullis.builder;
  return JSON.stringify(document);
}

test('the shop answers callers that name no entrypoint', () => {
  assert.equal(built.entrypoints[0], 'shop/authz/decision');
  for (const entrypoint of ['shop/authz/allow', 'gateway/authz/decision', 'mesh/authz/decision']) {
    assert.ok(built.entrypoints.includes(entrypoint), `${entrypoint} is missing`);
  }
});

test('the stored key verifies it, and its examples are answered as their names say', async () => {
  const text = await readFile(join(root, 'bundles/shop.pub.pem'), 'utf8');
  const keys = new Map([['shop', loadVerificationKey({ algorithm: 'ES256', text })]]);
  const bundle = await openBundle(archive, { limits: DEFAULT_ARCHIVE_LIMITS, verification: { keys } });
  const vectors = await Promise.all(
    Object.entries({ allow: true, deny: false, catalogue: true, stock: true }).map(
      async ([name, expect]) => ({
        name,
        entrypoint: 'shop/authz/allow',
        nowMs: undefined,
        inputJson: await readFile(join(root, `examples/demo/${name}.json`)),
        expect,
      }),
    ),
  );
  const { failures } = await replayVectors({ ...built, bundle, vectors });
  assert.deepEqual(failures, []);
});

test('the examples of the other policies are answered as their names say, those of Envoy are what its requests become', async () => {
  const example = (name: string): Promise<string> =>
    readFile(join(root, `examples/demo/${name}.json`), 'utf8');
  for (const [name, entrypoint, allowed] of [
    ['gateway-allow', 'gateway/authz/decision', true],
    ['gateway-deny', 'gateway/authz/decision', false],
    ['gateway-partner', 'gateway/authz/decision', true],
    ['mesh-allow', 'mesh/authz/decision', true],
    ['mesh-deny', 'mesh/authz/decision', false],
    ['database-allow', 'database/access/decision', true],
    ['database-deny', 'database/access/decision', false],
    ['database-masked', 'database/access/decision', true],
    ['kubernetes-allow', 'kubernetes/admission/decision', true],
    ['kubernetes-deny', 'kubernetes/admission/decision', false],
    ['graphql-allow', 'graphql/authz/decision', true],
    ['graphql-deny', 'graphql/authz/decision', false],
  ] as const) {
    const args = ['-b', 'bundles/shop.tar.gz', '--key', 'bundles/shop.pub.pem', '-e', entrypoint, '--json'];
    const { io, printed } = recordingIo({ cwd: root, env: environment });
    const exitCode = await runCli(['eval', ...args, '-i', `examples/demo/${name}.json`], io);
    assert.equal(exitCode, allowed ? 0 : 1, `${name}: ${printed.out}${printed.err}`);
    assert.equal(JSON.parse(printed.out).value.allowed, allowed, name);
  }
  for (const name of ['allow', 'deny']) {
    const request = JSON.parse(await example(`ext-authz-${name}`));
    assert.deepEqual(
      JSON.parse(JSON.stringify(inputDocument(request))),
      JSON.parse(await example(`gateway-${name}`)),
    );
  }
});
