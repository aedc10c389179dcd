// needs: opa
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Address, formatAddress } from '../../src/config/address.ts';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { GrpcClient } from '../support/grpc-client.ts';
import { startServerProcess } from '../support/server-process.ts';
import { ServerSite, until } from '../support/server-site.ts';
import { bundleOf, Signer } from '../support/signed-bundles.ts';

const main = join(fileURLToPath(import.meta.url), '../../../src/main.ts');

const POLICY = `package p

# METADATA
# entrypoint: true
parsed := json.unmarshal(input.text)

# METADATA
# entrypoint: true
keys := {key: "x" | some key in input.keys}

# METADATA
# entrypoint: true
allow if {
	trace(sprintf("asked by %v", [input.name]))
	time.parse_rfc3339_ns(input.name) > 0
}
`;

const CONFIG = `stateDir: state
grpc: { address: 127.0.0.1:0 }
http: { address: 127.0.0.1:0 }
keys: { test: { algorithm: ES256, file: key.pem } }
policySets:
  p: { bundles: { policy: { source: file:p.tar.gz, verification: { keys: [test] } } } }
`;

const signer = new Signer('test');
let archive: Promise<Uint8Array> | undefined;

async function siteOf(t: TestContext, config: string): Promise<ServerSite> {
  archive ??= bundleOf({ 'p.rego': POLICY }).then((files) => signer.archive(files));
  const files = { 'key.pem': signer.publicKeyPem, 'p.tar.gz': await archive };
  return ServerSite.create(t, CONFIG + config, files);
}

const ask = (entrypoint: string, input: unknown) => ({
  question: { entrypoint, input: { case: 'json' as const, value: Buffer.from(JSON.stringify(input)) } },
});

interface Entry {
  readonly result: unknown;
  readonly custom: { readonly builtin_errors: readonly string[] };
}

async function entriesOf(path: string): Promise<Entry[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line));
}

test('no result of a policy ends the server, a mask holds in every field, and SIGHUP opens the log anew', async (t) => {
  const site = await siteOf(
    t,
    'decisionLog: { sinks: [{ type: file, path: d.jsonl }], mask: [/input/name] }\nlogging: { level: debug }\n',
  );
  const server = await startServerProcess(site.configFile);
  site.cleanup(() => server.kill());
  const client = new GrpcClient(server.addresses.grpc!);
  site.cleanup(() => client.close());
  const path = site.path('d.jsonl');
  const check = (entrypoint: string, input: unknown) =>
    client.call(DecisionService.method.check, ask(entrypoint, input));

  const text = `${'['.repeat(300)}${']'.repeat(300)}`;
  await check('p/parsed', { text });
  await check('p/keys', { keys: [1, '1'] });
  await check('p/allow', { name: 'SECRET' });
  const entries = await until(
    () => entriesOf(path),
    (seen) => seen.length === 3,
  );
  assert.equal(JSON.stringify(entries[0]!.result), text);
  assert.deepEqual(entries[2]!.custom.builtin_errors, ['time.parse_rfc3339_ns']);
  assert.ok(!(await readFile(path, 'utf8')).includes('SECRET'));
  const [print] = await until(
    () => server.log.filter(({ msg }) => msg === 'print'),
    (seen) => seen.length > 0,
  );
  assert.deepEqual(
    [print!['level'], print!['policy_set'], print!['policy_print']],
    ['debug', 'p', 'asked by SECRET'],
  );

  await rename(path, `${path}.1`);
  server.child.kill('SIGHUP');
  await until(
    () => existsSync(path),
    (exists) => exists,
  );
  await check('p/allow', { name: 'after' });
  assert.equal(await server.stop(), 0);
  assert.equal((await entriesOf(`${path}.1`)).length, 3);
  assert.equal((await entriesOf(path)).length, 1);
});

test('a decision log that cannot be opened keeps the server from starting, and names the file', async (t) => {
  const site = await siteOf(t, 'decisionLog: { sinks: [{ type: file, path: key.pem/d.jsonl }] }\n');
  await assert.rejects(startServerProcess(site.configFile), (error: Error) =>
    /error \[io_failed\]: the decision log .*key\.pem\/d\.jsonl cannot be opened/.test(error.message),
  );
});

interface Message {
  readonly msg: string;
  readonly addresses?: { readonly grpc: Address };
  readonly err?: { readonly message: string };
}

test('a server ends in time though nobody reads its decision log', async (t) => {
  const site = await siteOf(t, 'decisionLog: { maxBufferedEvents: 100 }\n');
  const child = spawn(process.execPath, [main, 'serve', '--config', site.configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  site.cleanup(() => child.kill('SIGKILL'));
  const log: Message[] = [];
  createInterface(child.stderr).on('line', (line) => log.push(JSON.parse(line)));
  const listening = await until(
    () => log.find(({ msg }) => msg === 'listening'),
    (seen) => seen !== undefined,
  );
  const client = new GrpcClient(formatAddress(listening!.addresses!.grpc));
  site.cleanup(() => client.close());
  // More than a pipe holds.
  const input = { text: JSON.stringify('x'.repeat(100_000)) };
  for (let i = 0; i < 20; i++) await client.call(DecisionService.method.check, ask('p/parsed', input));
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  const lost = log.find(({ msg }) => msg === 'the decision log cannot be written');
  assert.match(lost!.err!.message, /^\d+ decisions could not be written within 5000 ms and are lost$/);
});

test('standard output and standard error in one file keep every line of both', async (t) => {
  const site = await siteOf(t, 'decisionLog: { sinks: [{ type: stdout }] }\n');
  const path = site.path('both.log');
  const file = openSync(path, 'w');
  const child = spawn(process.execPath, [main, 'serve', '--config', site.path('portcullis.yaml')], {
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  t.after(() => child.kill('SIGKILL'));
  const lines = async (): Promise<string[]> => (await readFile(path, 'utf8')).split('\n');
  const [listening] = await until(
    async () => (await lines()).filter((line) => line.includes('"msg":"listening"')),
    (found) => found.length === 1,
  );
  const { addresses } = JSON.parse(listening!) as { addresses: { grpc: Address } };
  const client = new GrpcClient(formatAddress(addresses.grpc));
  t.after(() => client.close());
  // Each reload is refused, which goes to standard error; each question to standard output.
  await writeFile(site.path('p.tar.gz'), 'broken');
  for (let round = 0; round < 20; round++) {
    await client.call(DecisionService.method.check, ask('p/allow', { name: `round ${round}` }));
    child.kill('SIGHUP');
  }
  // A bundle is opened beside the requests: its refusal comes when it comes.
  await until(
    async () => (await lines()).filter((line) => line.includes('archive_not_gzip')),
    (found) => found.length > 0,
  );
  child.kill('SIGTERM');
  await once(child, 'exit');
  const entries = (await lines())
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { decision_id?: string; code?: string });
  assert.equal(entries.filter(({ decision_id }) => decision_id !== undefined).length, 20);
  assert.ok(entries.some(({ code }) => code === 'archive_not_gzip'));
});
