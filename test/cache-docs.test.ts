// needs: opa
/** What docs/cache.md says of its examples is what `portcullis inspect` says of them. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildBundle } from '../src/authoring/build.ts';
import { runCli } from '../src/cli/program.ts';
import { cachesWell } from '../src/policy/plan/footprint-text/cacheability.ts';
import { recordingIo } from './support/run-cli.ts';

/** An example: a policy with one entrypoint, and what is said of it. */
const EXAMPLE = /```rego\n(package (\w+)\n[^]*?)```\n\n→ `([^`]*)`/g;

test('the examples of policies that cache well read what the page says they read', async (t) => {
  const page = await readFile(join(import.meta.dirname, '../docs/cache.md'), 'utf8');
  const examples = [...page.matchAll(EXAMPLE)].map(([, rego, name, text]) => ({ rego, name, text }));
  assert.ok(examples.length >= 8 && examples.length % 2 === 0, `${examples.length} examples`);
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-cache-page-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const { rego, name } of examples) await writeFile(join(folder, `${name}.rego`), rego!);
  // What one of them looks up; of data that is not there nothing would be read.
  await writeFile(join(folder, 'data.json'), '{"people": ["ann"]}');
  const { footprints } = await buildBundle({ sources: [folder] });
  const said = Array.from(footprints, ([entrypoint, { text }]) => [entrypoint.split('/')[0], text]);
  assert.deepEqual(
    Object.fromEntries(said),
    Object.fromEntries(examples.map(({ name, text }) => [name, text])),
  );
  // They come in pairs: how not to, and how to.
  const well = new Map(
    Array.from(footprints, ([name, { cacheability }]) => [name.split('/')[0]!, cachesWell(cacheability)]),
  );
  assert.deepEqual(
    examples.map(({ name }) => well.get(name!)),
    examples.map((_example, index) => index % 2 === 1),
  );
});

test('what the page shows of inspect is what it prints', async () => {
  const page = await readFile(join(import.meta.dirname, '../docs/cache.md'), 'utf8');
  const [, shown] = /```console\n\$ portcullis (inspect [^]*?)```/.exec(page)!;
  const [command, ...lines] = shown!.trim().split('\n');
  const { io, printed } = recordingIo({ cwd: join(import.meta.dirname, '..'), isTty: true });
  assert.equal(await runCli(command!.split(' '), io), 0, printed.err);
  const wanted = lines.filter((line) => line !== '…');
  assert.ok(wanted.length > 3);
  assert.deepEqual(
    wanted.filter((line) => !printed.out.split('\n').includes(line)),
    [],
  );
});
