// needs: opa
/** The example for GraphQL: right in the real OPA. Here it is refused by the name of the builtin that it needs, or answered alike. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildBundle } from '../src/authoring/build.ts';
import { runOpa } from '../src/authoring/opa-tool.ts';
import { replayVectors } from '../src/authoring/replay.ts';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../src/bundle/archive.ts';
import type { JsonValue } from '../src/json/value.ts';
import { BUILTINS } from '../src/policy/builtins/registry.ts';
import { MemorySource, ReloadPlane } from './support/reload-plane.ts';
import { cliFolder } from './support/run-cli.ts';
import { Signer } from './support/signed-bundles.ts';

const example = join(import.meta.dirname, '../examples/graphql');
const MISSING = /calls builtins that this server does not offer: graphql\.parse_query$/m;

const web = { client: 'web' };
const nested = '{ products { related { related { related { related { title } } } } } }';
const wide = `{ products { ${'f '.repeat(40)} } }`;
const aliases = '{ a: product b: product c: product d: product e: product }';
const QUESTIONS: [unknown, string | null, string[]][] = [
  [web, 'mutation { placeOrder { id } }', []],
  [web, 'mutation { refundOrder { id } }', ['this client may not ask for refundOrder']],
  [web, 'subscription { orderPlaced { id } }', ['this client may not send a subscription']],
  [{ client: 'backoffice' }, 'subscription { orderPlaced { id } }', []],
  [{ client: 'backoffice' }, '{ __schema { types { name } } }', []],
  [{ client: 'backoffice' }, '{ me { cardNumber } }', ['this client may not ask for the field cardNumber']],
  [web, '{ me { email } }', ['this client may not ask for the field email']],
  [web, '{ me { __schema { types } } }', ['this client may not ask for the schema']],
  [web, nested, ['depth: 6, and at most 5 are permitted']],
  [web, wide, ['fields: 41, and at most 40 are permitted']],
  [web, aliases, ['aliases: 5, and at most 4 are permitted']],
  [web, '{ me {', ['the query is too long, or not GraphQL']],
  [web, null, ['the query is too long, or not GraphQL']],
  [null, '{ me }', ['this client may not send a query']],
];

const question = (subject: unknown, query: unknown): string => JSON.stringify({ subject, action: { query } });

const decide = async (stdin: string): Promise<unknown> => {
  const args = ['eval', '-b', example, '--stdin-input', '-f', 'raw', 'data.graphql.authz.decision'];
  const { exitCode, stdout, stderr } = await runOpa(args, { stdin });
  assert.equal(exitCode, 0, `${stdout.toString()}${stderr}`);
  return JSON.parse(stdout.toString());
};

test('its tests pass in OPA and run at least 95 % of its lines', async () => {
  const tested = await runOpa(['test', '-b', example, '--coverage', '--threshold', '95']);
  assert.equal(tested.exitCode, 0, `${tested.stdout.toString()}${tested.stderr}`);
  assert.ok(JSON.parse(tested.stdout.toString()).coverage >= 95);
  const checked = await runOpa(['check', '--strict', '-b', example]);
  assert.equal(checked.exitCode, 0, checked.stderr);
  const unformatted = await runOpa(['fmt', '--list', example]);
  assert.equal(unformatted.stdout.toString(), '');
});

test('OPA answers with the data of the example', async () => {
  for (const [subject, query, reasons] of QUESTIONS) {
    const answer = (await decide(question(subject, query))) as { allowed: boolean; reasons: string[] };
    assert.deepEqual(answer.reasons, reasons, `${query}`);
    assert.equal(answer.allowed, reasons.length === 0, `${query}`);
  }
});

test('the requests that its README shows', async () => {
  assert.deepEqual(await decide(await readFile(join(example, 'allow.json'), 'utf8')), {
    allowed: true,
    operation: 'query',
    reasons: [],
    size: { aliases: 0, depth: 2, fields: 7 },
  });
  assert.deepEqual(await decide(await readFile(join(example, 'deny.json'), 'utf8')), {
    allowed: false,
    operation: 'query',
    reasons: [
      'depth: 6, and at most 5 are permitted',
      'this client may not ask for __schema',
      'this client may not ask for the field cardNumber',
      'this client may not ask for the schema',
    ],
    size: { aliases: 0, depth: 6, fields: 9 },
  });
});

if (BUILTINS.has('graphql.parse_query')) {
  test('this engine answers as OPA does', answeredAsByOpa);
} else {
  test('portcullis build and test refuse it and name the builtin', refusedByBuildAndTest);
  test('a server refuses it as OPA builds it, names the builtin and keeps what it has', refusedByServer);
}

async function refusedByBuildAndTest(t: TestContext): Promise<void> {
  const folder = await cliFolder(t);
  const built = await folder.run(['build', example, '-o', 'graphql.tar.gz']);
  assert.equal(built.code, 1);
  assert.match(built.err, /^error \[bundle_builtin_unknown\]: /);
  assert.match(built.err, MISSING);
  await assert.rejects(readFile(join(folder.cwd, 'graphql.tar.gz')), { code: 'ENOENT' });
  const tested = await folder.run(['test', example, '--no-json']);
  assert.equal(tested.code, 1);
  assert.match(tested.out, /^FAIL build {5}bundle_builtin_unknown\n {4}module /m);
  assert.match(tested.out, MISSING);
}

async function refusedByServer(t: TestContext): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-graphql-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'demo'));
  await writeFile(join(folder, 'demo/demo.rego'), 'package demo\n\nallow := true\n');
  const signer = new Signer('test');
  const signedByUs = async (sources: string, entrypoint: string): Promise<Uint8Array> => {
    const archive = join(folder, 'bundle.tar.gz');
    const flags = [
      '--ignore',
      '*_test.rego',
      '-t',
      'wasm',
      '-e',
      entrypoint,
      '-r',
      entrypoint,
      '-o',
      archive,
    ];
    const { exitCode, stderr } = await runOpa(['build', '-b', sources, ...flags]);
    assert.equal(exitCode, 0, stderr);
    return signer.archive(await readArchive(await readFile(archive), DEFAULT_ARCHIVE_LIMITS));
  };

  const source = new MemorySource();
  const plane = new ReloadPlane(t, { policy: source }, { publicKeyPem: signer.publicKeyPem });
  source.archive = await signedByUs(join(folder, 'demo'), 'demo/allow');
  assert.equal(await plane.changed(), true);

  source.archive = await signedByUs(example, 'graphql/authz/decision');
  await assert.rejects(plane.changed(), { code: 'bundle_builtin_unknown', message: MISSING });
  const { lastError } = plane.bundle();
  assert.equal(lastError?.code, 'bundle_builtin_unknown');
  assert.match(lastError.message, MISSING);
  assert.equal(plane.revision(), 'demo/allow');
  assert.equal((await plane.ask()).status, 'allowed');
}

async function answeredAsByOpa(): Promise<void> {
  const built = await buildBundle({ sources: [example] });
  const asked = QUESTIONS.map(async ([subject, query], index) => {
    const inputJson = Buffer.from(question(subject, query));
    const expect = (await decide(inputJson.toString())) as JsonValue;
    return { name: `${index}`, entrypoint: 'graphql/authz/decision', nowMs: undefined, inputJson, expect };
  });
  assert.deepEqual((await replayVectors({ ...built, vectors: await Promise.all(asked) })).failures, []);
}
