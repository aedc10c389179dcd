// needs: opa
/** The product as it is built: in a folder that has neither sources nor dependencies. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildProduct } from '../scripts/build.ts';
import { VERSION } from '../src/config/version.ts';
import { DecisionService } from '../src/gen/portcullis/v1/decision_pb.ts';
import { startServerProcess } from './support/server-process.ts';
import { until } from './support/server-site.ts';
import { archive, clientOf, question, siteOf } from './support/working-server.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
let folder = '';
let main = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-dist-'));
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  await buildProduct(join(folder, 'dist'));
  main = join(folder, 'dist/main.js');
});
after(() => rm(folder, { recursive: true, force: true }));

for (const [transport, workers] of [
  ['wire', 1],
  ['grpc-js', 1],
  ['wire', 2],
] as const) {
  test(`it serves on ${transport}, workers: ${workers}: threads for them, for long evaluations and for new bundles are found`, async (t) => {
    const site = await siteOf(t);
    const settings = [`grpc.transport=${transport}`, `workers=${workers}`, 'evaluation.slice=1ms'];
    const server = await startServerProcess(
      site.configFile,
      settings.flatMap((setting) => ['--set', setting]),
      main,
    );
    site.cleanup(() => server.kill());
    const client = clientOf(site, server);
    const ask = async () =>
      (await client.call(DecisionService.method.check, { question: question(1) })).decision!;
    const first = await ask();
    assert.equal(first.provenance!.revisions['policy'], 'v1');
    const inThreads = async (): Promise<number> => {
      const page = await (await fetch(`http://${server.addresses.http}/metrics`)).text();
      return Number(/^portcullis_evaluations_in_threads_total\{.*\} (\d+)$/m.exec(page)?.[1] ?? 0);
    };
    await until(
      async () => {
        await ask();
        return inThreads();
      },
      (evaluations) => evaluations > 0,
    );
    await site.publish('bundles/work.tar.gz', await archive(2));
    server.child.kill('SIGHUP');
    await until(ask, ({ provenance }) => provenance!.revisions['policy'] === 'v2');
    assert.equal(await server.stop(), 0);
    const kept = await readdir(site.folder, { recursive: true });
    assert.ok(!kept.some((name) => basename(name) === 'compiled'), 'it compiled what dist brings compiled');
  });
}

test('modules of Node are taken without their facades, which load what nobody uses', async () => {
  const parts = await readdir(join(folder, 'dist/parts'));
  for (const part of parts.filter((name) => name.endsWith('.js')))
    assert.doesNotMatch(
      await readFile(join(folder, 'dist/parts', part), 'utf8'),
      /^import .* from "node:/m,
      part,
    );
});

/** Loads the files given and prints whose prototypes are dictionaries. Where a thread begins, a file ends without one. */
const SLOW_PROTOTYPES = `
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString('--allow-natives-syntax');
  const isFast = new Function('object', 'return %HasFastProperties(object)');
  const loaded = await Promise.allSettled(process.argv.slice(1).map((file) => import(file)));
  const names = ['Object', 'Function', 'Array', 'String', 'Number', 'RegExp', 'Map', 'Set', 'Promise', 'Uint8Array', 'DataView'];
  console.log(JSON.stringify({
    failed: process.argv.slice(1).filter((_, i) => loaded[i].status === 'rejected'),
    slow: names.filter((name) => !isFast(globalThis[name].prototype)),
  }));`;

test('methods of what is built in stay fast: no code makes a dictionary of a prototype, as a subclass of String does', async () => {
  const parts = (await readdir(join(folder, 'dist/parts')))
    .filter((name) => name.endsWith('.js') && name !== 'main.js')
    .sort();
  const files = parts.map((name) => join(folder, 'dist/parts', name));
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', SLOW_PROTOTYPES, ...files],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  const THREADS = ['preparing-worker.js', 'thread-worker.js', 'worker.js'];
  const failed = THREADS.map((name) => join(folder, 'dist/parts', name));
  assert.deepEqual(JSON.parse(stdout), { failed, slow: [] });
});

test('commands run: the version, and a module that is asked in a thread of its own', async (t) => {
  const site = await siteOf(t);
  const run = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.equal(run('--version'), `${VERSION}\n`);
  const facts = JSON.parse(run('inspect', join(site.folder, 'bundles/work.tar.gz')));
  assert.deepEqual(facts.builtins, []);
  assert.match(run('--help'), /serve/);
});

test('licences of what is in it are beside it', async () => {
  const licenses = await readFile(join(folder, 'dist/LICENSES.txt'), 'utf8');
  for (const name of ['zod', 'fastify', '@grpc/grpc-js', 'pino'])
    assert.match(licenses, new RegExp(`^${name} \\d[^\\n]*\\n\\n[^\\n]*\\w`, 'm'));
  assert.ok(!licenses.includes('(undefined)'));
});
