// needs: opa, envoy
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { parse } from 'yaml';
import { opaTool } from '../src/authoring/opa-tool.ts';
import { runProcess } from '../src/authoring/run-process.ts';
import { loadConfig } from '../src/config/load.ts';
import { CheckRequestSchema } from '../src/gen/envoy/service/auth/v3/external_auth_pb.ts';
import { pathFacts } from '../src/services/ext-authz/path/path-facts.ts';
import { readCheckRequest } from '../src/services/ext-authz/request/check-request.ts';
import { buildInput } from '../src/services/ext-authz/request/input-document.ts';
import { validate } from './support/envoy.ts';

/** What docs/envoy.md shows is right. */

const root = join(import.meta.dirname, '..');
const text = await readFile(join(root, 'docs/envoy.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\n(.*?)^\\1\`\`\`$`, 'gms'))].map(([, indent, block]) =>
    block!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

/** YAML blocks by their first key. */
const yaml = new Map(blocks('yaml').map((block) => [block.slice(0, block.indexOf(':')), block]));

async function folderOf(t: { after: (act: () => unknown) => void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-docs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('every YAML block is one of those that are checked', () => {
  const kinds = [
    'extAuthz',
    'static_resources',
    'typed_per_filter_config',
    'grpc_service',
    'grpc',
    'log_format',
  ];
  assert.deepEqual([...yaml.keys()], kinds);
  assert.equal(blocks('yaml').length, kinds.length);
});

test("Portcullis takes its configuration, and the fragments' places are those of the schema", async () => {
  const policySets = 'policySets: { shop: { bundles: { policy: { source: "file:x", unsigned: allow } } } }';
  const written = [yaml.get('extAuthz'), yaml.get('grpc'), policySets].join('\n');
  const { config, warnings } = await loadConfig({
    file: '/portcullis.yaml',
    environment: {},
    cwd: '/',
    readFile: () => Promise.resolve(written),
  });
  assert.deepEqual(warnings, []);
  assert.equal(config.extAuthz?.errorStatus, 503);
  assert.deepEqual(config.clients?.['gateway']?.methods, ['ext_authz', 'health']);
});

test('Envoy takes its configuration, with each of the fragments', async (t) => {
  const folder = await folderOf(t);
  const config = parse(yaml.get('static_resources')!);
  const manager = config.static_resources.listeners[0].filter_chains[0].filters[0].typed_config;
  const fragment = (name: string): object => parse(yaml.get(name)!) as object;
  Object.assign(manager.route_config.virtual_hosts[0], fragment('typed_per_filter_config'));
  Object.assign(manager.http_filters[0].typed_config, fragment('grpc_service'));
  const type = 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog';
  manager.access_log = [
    { name: 'envoy.access_loggers.stdout', typed_config: { '@type': type, ...fragment('log_format') } },
  ];
  for (const [name, each] of Object.entries({ plain: parse(yaml.get('static_resources')!), all: config })) {
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify(each));
    const { valid, printed } = await validate(file);
    assert.ok(valid, printed);
  }
});

test('the policies compile', async (t) => {
  const folder = await folderOf(t);
  const files = await Promise.all(
    blocks('rego').map(async (rego, at) => {
      const file = join(folder, `${at}.rego`);
      await writeFile(file, rego);
      return file;
    }),
  );
  assert.equal(files.length, 2);
  for (const command of [
    ['check', '--strict', ...files],
    ['fmt', '--fail', '--diff', ...files],
  ]) {
    const { exitCode, stdout, stderr } = await runProcess(await opaTool(), command);
    assert.equal(exitCode, 0, `${stdout.toString()}${stderr}`);
  }
});

test('the input document is what such a request becomes', () => {
  const [json] = blocks('json');
  const shown = JSON.parse(json!);
  const { request, ...attributes } = shown.attributes;
  const { time, http } = request;
  const address = (peer: { address: { socketAddress: Record<string, unknown> } }): object => ({
    address: { address: { case: 'socketAddress', value: socket(peer.address.socketAddress) } },
  });
  const socket = ({ portValue, ...rest }: Record<string, unknown>): object => ({
    ...rest,
    portSpecifier: { case: 'portValue', value: portValue },
  });
  const message = {
    attributes: {
      source: address(attributes.source),
      destination: address(attributes.destination),
      contextExtensions: attributes.contextExtensions,
      request: {
        time: { seconds: BigInt(time.seconds), nanos: time.nanos },
        http: { ...http, size: BigInt(http.size), rawBody: Buffer.from(http.rawBody, 'base64') },
      },
    },
  } as MessageInitShape<typeof CheckRequestSchema>;
  const limits = { maxBytes: 1_000_000, maxDepth: 100 };
  const facts = readCheckRequest(toBinary(CheckRequestSchema, create(CheckRequestSchema, message)), limits);
  const { document, failed } = buildInput(facts, pathFacts(facts.path, facts.method), {
    limits,
    parseBody: true,
    grpc: undefined,
  });
  assert.equal(failed.size, 0);
  assert.deepEqual(JSON.parse(JSON.stringify(document)), shown);
});

test('the table of ambiguities is complete', async () => {
  const source = await readFile(join(root, 'src/services/ext-authz/path/path-facts.ts'), 'utf8');
  const [union] = /export type PathAmbiguity =[^;]*;/.exec(source)!;
  const known = [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name!);
  const [table] = /^\| Ambiguity .*?\n\n/ms.exec(text)!;
  const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!);
  assert.deepEqual(listed.sort(), known.sort());
});
