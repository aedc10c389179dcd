import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { watchSources } from './watch-sources.ts';

let dir: string;
const stop = new AbortController();
const told = { times: 0 };
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-watch-'));
  await mkdir(join(dir, 'shop'));
  await writeFile(join(dir, 'shop/a.rego'), 'package a');
  await watchSources([dir], () => told.times++, stop.signal);
});
after(async () => {
  stop.abort();
  await rm(dir, { recursive: true, force: true });
});

/** Runs a change and waits until it was noticed, and then until nothing more comes. */
async function callsAfter(change: () => Promise<unknown>): Promise<number> {
  told.times = 0;
  await change();
  for (let tries = 0; told.times === 0 && tries < 100; tries++) await sleep(20);
  await sleep(150);
  return told.times;
}

test('what can be in a bundle is watched, also as editors write it', async () => {
  const file = (name: string): string => join(dir, 'shop', name);
  const table: [string, () => Promise<unknown>][] = [
    ['a policy', () => writeFile(file('a.rego'), 'package a\n')],
    ['a test', () => writeFile(file('a_test.rego'), 'package a_test')],
    ['data', () => writeFile(file('data.yaml'), 'x: 1')],
    ['vectors', () => writeFile(file('vectors.yaml'), '[]')],
    [
      'an editor that renames',
      async () => {
        await writeFile(file('.a.rego.swp'), 'package a\n\nx := 1\n');
        await rename(file('.a.rego.swp'), file('a.rego'));
      },
    ],
    [
      'a file in a new folder',
      () => mkdir(join(dir, 'new')).then(() => writeFile(join(dir, 'new/b.rego'), 'package b')),
    ],
    ['a file that goes', () => rm(file('data.yaml'))],
  ];
  for (const [name, change] of table) assert.ok((await callsAfter(change)) >= 1, name);
});

test('changes that come together are told together', async () => {
  const writes = (): Promise<void> => {
    for (let n = 0; n < 30; n++) writeFileSync(join(dir, `shop/many${n}.rego`), `package many${n}`);
    return Promise.resolve();
  };
  const times = await callsAfter(writes);
  assert.ok(times >= 1 && times < 10, String(times));
});

test('other files do not count', async () => {
  const other = async (): Promise<void> => {
    await writeFile(join(dir, 'shop/README.md'), 'x');
    await writeFile(join(dir, 'shop/.a.rego.swp'), 'x');
    await sleep(300);
    await writeFile(join(dir, 'shop/a.rego'), 'package a\n\ny := 2\n');
  };
  assert.equal(await callsAfter(other), 1);
});
