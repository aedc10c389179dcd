/** `portcullis cache` and the Data API against a server with the demo's policies. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { CacheShown } from '../src/cli/admin-client.ts';
import type { CliIo, ExitCode } from '../src/cli/io.ts';
import { runCli } from '../src/cli/program.ts';
import { recordingIo } from './support/run-cli.ts';
import { type ServerProcess, startServerProcess } from './support/server-process.ts';

const CONFIG = join(import.meta.dirname, '../examples/demo/portcullis.yaml');
const SHOP = ['-p', 'shop'];
const MESH = [...SHOP, '-e', 'mesh/authz/decision'];

let stateDir: string;
let server: ServerProcess | undefined;

before(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'portcullis-cache-'));
  const set = ['grpc.address=127.0.0.1:0', 'http.address=127.0.0.1:0', `stateDir=${stateDir}`];
  server = await startServerProcess(
    CONFIG,
    set.flatMap((each) => ['--set', each]),
  );
});

after(async () => {
  await server?.kill();
  await rm(stateDir, { recursive: true, force: true });
});

async function cache(args: readonly string[], given: Partial<CliIo> = {}) {
  const { io, printed } = recordingIo({ cwd: stateDir, ...given });
  const code: ExitCode = await runCli(['cache', ...args, '--address', server!.addresses.admin!], io);
  return { code, ...printed };
}

const show = async (): Promise<CacheShown> => JSON.parse((await cache(['show', '--json'])).out) as CacheShown;
const partOf = ({ entrypoints }: CacheShown, path: string) =>
  entrypoints.find(({ entrypoint }) => entrypoint === path)!;

/** Asks the mesh over the Data API; gives `Cache-Status`. */
async function askMesh(headers: Record<string, string> = {}): Promise<string | null> {
  const response = await fetch(`http://${server!.addresses.http}/v1/data/mesh/authz/decision`, {
    method: 'POST',
    body: '{"input":{}}',
    headers,
  });
  assert.equal(response.status, 200);
  await response.body?.cancel();
  return response.headers.get('cache-status');
}

beforeEach(async () => {
  assert.equal((await cache(['on'])).code, 0);
  await cache(['flush']);
});

test('a question is evaluated, then found, and evaluated again where its caller wants it so', async () => {
  const before = partOf(await show(), 'mesh/authz/decision');
  assert.equal(await askMesh(), 'portcullis; fwd=miss');
  assert.equal(await askMesh(), 'portcullis; hit');
  assert.equal(await askMesh({ 'cache-control': 'no-cache' }), 'portcullis; fwd=request');
  const after = partOf(await show(), 'mesh/authz/decision');
  assert.deepEqual(
    [after.entries, after.hits - before.hits, after.misses - before.misses, after.enabled],
    [1, 1, 1, true],
  );
  const page = await (await fetch(`http://${server!.addresses.http}/metrics`)).text();
  const labels = 'policy_set="shop",entrypoint="mesh/authz/decision"';
  assert.match(page, new RegExp(`^portcullis_cache_entries\\{${labels}\\} 1$`, 'm'));
  assert.match(page, new RegExp(`^portcullis_cache_hits_total\\{${labels}\\} ${after.hits}$`, 'm'));
});

test('flush forgets what is named', async () => {
  await askMesh();
  const { code, out } = await cache(['flush', ...SHOP, '-e', 'gateway/authz/decision', '--json']);
  assert.deepEqual([code, JSON.parse(out)], [0, { entries: 0 }]);
  assert.equal((await cache(['flush', ...MESH, '--no-json'])).out, '1 answer forgotten\n');
  assert.equal(await askMesh(), 'portcullis; fwd=miss');
});

test('off evaluates every question until each switch is on again', async () => {
  await askMesh();
  assert.equal((await cache(['off', ...MESH])).code, 0);
  assert.equal((await cache(['off'])).code, 0);
  for (let times = 0; times < 2; times++) assert.equal(await askMesh(), 'portcullis; fwd=bypass');

  const stillOff = await cache(['on', ...MESH, '--no-json']);
  assert.deepEqual([stillOff.code, stillOff.out], [1, 'shop mesh/authz/decision: off (operator)\n']);
  assert.equal((await show()).enabled, false);

  assert.equal((await cache(['on'])).code, 0);
  await askMesh();
  assert.equal(await askMesh(), 'portcullis; hit');
});

test('show says it to people', async () => {
  await askMesh();
  await cache(['off', ...SHOP, '-e', 'gateway/authz/decision']);
  const { out } = await cache(['show', '--no-json']);
  assert.match(out, /^on, 1 of 100000 answers, [\d.]+ ?K?i?B of 64\.0 MiB$/m);
  assert.match(out, /^shop gateway\/authz\/decision: off \(operator\), 0 answers/m);
  assert.match(
    out,
    /^shop mesh\/authz\/decision: on, 1 answer, [\d.]+ ?K?i?B\n {2}\d+ of \d+ questions found/m,
  );
  const one = await cache(['show', ...MESH, '--no-json']);
  assert.doesNotMatch(one.out, /gateway/);
  assert.equal((await cache(['on', ...SHOP, '-e', 'gateway/authz/decision'])).code, 0);
});

test('the admin listener is found by the configuration; what is not there is said', async () => {
  const { io, printed } = recordingIo({ cwd: stateDir });
  const args = ['cache', 'show', '--config', CONFIG, '--set', `stateDir=${stateDir}`, '--json'];
  assert.equal(await runCli(args, io), 0, printed.err);
  const unknown = await cache(['off', '-p', 'nobody']);
  assert.equal(unknown.code, 3, unknown.err);
  assert.match(unknown.err, /error \[not_found\]: .*nobody/);
  for (const names of [
    ['-p', 'nobody'],
    [...SHOP, '-e', 'mesh/authz'],
    ['-e', 'mesh/authz'],
  ]) {
    const nothing = await cache(['show', ...names]);
    assert.deepEqual([nothing.code, nothing.out], [3, ''], names.join(' '));
    assert.match(nothing.err, new RegExp(`error \\[not_found\\]: .*${names.at(-1)!}`));
  }
  const none = recordingIo({ cwd: stateDir });
  assert.equal(await runCli(['cache', 'show', '--config', CONFIG, '--set', 'admin=false'], none.io), 2);
  assert.match(none.printed.err, /no admin listener: name one with --address/);
  const elsewhere = recordingIo({ cwd: stateDir });
  const decisions = server!.addresses.grpc!;
  assert.equal(await runCli(['cache', 'show', '--address', decisions], elsewhere.io), 3);
  assert.match(elsewhere.printed.err, /error \[unimplemented\]: 127\.0\.0\.1:\d+ is not the admin listener/);
});
