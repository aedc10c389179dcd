// needs: opa
/** What `portcullis build` signs, the real OPA loads as an ordinary signed bundle, and answers as it does on the sources. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BuiltBundle, buildBundle } from '../src/authoring/build.ts';
import { opaTool, runOpa } from '../src/authoring/opa-tool.ts';
import { packBundle } from '../src/authoring/pack.ts';
import { replayVectors } from '../src/authoring/replay.ts';
import { DEFAULT_ARCHIVE_LIMITS, readArchive } from '../src/bundle/archive.ts';
import { generateKeyPair, loadSigningKey } from '../src/bundle/keys.ts';
import { canonicalJson } from '../src/json/canonical.ts';
import { canonicalBytes } from '../src/json/canonical-bytes.ts';
import { parseJson } from '../src/json/parse.ts';
import type { JsonValue } from '../src/json/value.ts';
import { sameJson } from '../src/policy/same-json.ts';
import type { DecisionVector } from '../src/policy/vector-format.ts';

const policies = join(import.meta.dirname, '../policies');
let dir: string;
let built: BuiltBundle;
let publicKey: string;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-interop-'));
  built = await buildBundle({ sources: [join(policies, 'shop')], base: policies });
  const pair = generateKeyPair('ES256');
  publicKey = join(dir, 'shop.pub.pem');
  await writeFile(publicKey, pair.verificationKey);
  await writeFile(join(dir, 'other.pub.pem'), generateKeyPair('ES256').verificationKey);
  const key = loadSigningKey({ algorithm: 'ES256', text: pair.signingKey });
  await writeFile(join(dir, 'shop.tar.gz'), await packBundle(built, { key, keyId: 'shop', nowMs: 0 }));
});
after(() => rm(dir, { recursive: true, force: true }));

async function startOpa(key: string): Promise<{ child: ChildProcess; socket: string }> {
  const socket = join(dir, `${Math.random().toString(36).slice(2)}.sock`);
  const verify = ['--verification-key', key, '--verification-key-id', 'shop', '--signing-alg', 'ES256'];
  const bundle = ['-b', join(dir, 'shop.tar.gz'), ...verify, '--skip-version-check'];
  const args = ['run', '--server', '-a', `unix://${socket}`, '--log-level', 'error', ...bundle];
  return { child: spawn(await opaTool(), args, { stdio: ['ignore', 'pipe', 'ignore'] }), socket };
}

async function ask(socketPath: string, vector: DecisionVector): Promise<unknown> {
  const input =
    vector.inputJson === undefined ? undefined : JSON.parse(Buffer.from(vector.inputJson).toString());
  const call = request({ socketPath, path: `/v1/data/${vector.entrypoint}`, method: 'POST' });
  call.end(JSON.stringify({ input }));
  const [response] = await once(call, 'response');
  return JSON.parse(await text(response)).result;
}

async function ready(socketPath: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const call = request({ socketPath, path: '/health' });
    call.end();
    const up = await once(call, 'response').then(
      () => true,
      () => false,
    );
    if (up) return;
    await sleep(50);
  }
  assert.fail('OPA does not answer');
}

async function evalSources(vector: DecisionVector): Promise<unknown> {
  const query = `data.${vector.entrypoint.replaceAll('/', '.')}`;
  const stdin = vector.inputJson;
  const input = stdin === undefined ? {} : { stdin };
  const flags = ['eval', '-b', policies, '-f', 'json', ...(stdin === undefined ? [] : ['--stdin-input'])];
  const { stdout } = await runOpa([...flags, query], input);
  return JSON.parse(stdout.toString()).result?.[0]?.expressions[0].value;
}

test('OPA verifies the bundle and answers every question of now as the sources do, and as we do', async () => {
  const vectors = built.vectors.filter(({ nowMs }) => nowMs === undefined);
  assert.ok(vectors.length >= 15);
  const { child, socket } = await startOpa(publicKey);
  try {
    await ready(socket);
    for (const vector of vectors) {
      const answer = await ask(socket, vector);
      assert.deepEqual(answer, await evalSources(vector), vector.name);
      assert.ok(sameJson(answer as JsonValue, vector.expect!), vector.name);
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  assert.deepEqual((await replayVectors({ ...built, vectors })).failures, []);
});

test('OPA refuses the bundle with another key', async () => {
  const { child } = await startOpa(join(dir, 'other.pub.pem'));
  const [said, [exitCode]] = await Promise.all([text(child.stdout!), once(child, 'close')]);
  assert.notEqual(exitCode, 0);
  assert.match(said, /verif|signature/i);
});

test('data as OPA writes it, with characters of HTML as escapes, needs no values', async () => {
  const source = join(dir, 'escapes');
  await mkdir(source);
  const data = '{"teams":{"R&D":"<b> & \u2028"}}';
  await writeFile(join(source, 'data.json'), data);
  const archive = join(dir, 'escapes.tar.gz');
  const { stderr } = await runOpa(['build', '-b', source, '-o', archive]);
  assert.equal(stderr, '');
  const files = await readArchive(await readFile(archive), DEFAULT_ARCHIVE_LIMITS);
  const { bytes } = files.find(({ path }) => path === 'data.json')!;
  assert.match(Buffer.from(bytes).toString(), /"R\\u0026D":"\\u003cb\\u003e \\u0026 \\u2028"/);
  assert.equal(Buffer.from(canonicalBytes(bytes)!).toString(), canonicalJson(parseJson(data)));
});
