// needs: opa
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { OPA_VERSION, opaTool, runOpa } from './opa-tool.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-opa-'));
});
after(() => rm(dir, { recursive: true, force: true }));

async function script(path: string, body: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}
const says = (version: string): string => `echo "Version: ${version}"`;

/** A `go` that builds a fake OPA, and counts how often it was asked. */
const fakeGo = `[ "$1" = install ] || exit 0
echo run >> "$COUNT"; sleep 0.3
printf '#!/bin/sh\\necho "Version: ${OPA_VERSION}"\\n' > "$GOBIN/opa"; chmod 755 "$GOBIN/opa"`;

test('the first program of exactly the pinned version is taken: PATH, then the cache, then Go’s folders', async () => {
  const table: [string, Record<string, string>, string][] = [
    ['PATH', { 'bin/opa': OPA_VERSION, 'cache/portcullis/tools/opa-1.22.2/opa': OPA_VERSION }, 'bin/opa'],
    ['another version on PATH', { 'bin/opa': '1.22.20', 'go/bin/opa': OPA_VERSION }, 'go/bin/opa'],
    [
      'cache before Go',
      { 'cache/portcullis/tools/opa-1.22.2/opa': OPA_VERSION, 'go/bin/opa': OPA_VERSION },
      'cache/portcullis/tools/opa-1.22.2/opa',
    ],
    ['GOBIN', { 'gobin/opa': OPA_VERSION, 'go/bin/opa': OPA_VERSION }, 'gobin/opa'],
  ];
  for (const [index, [name, programs, expected]] of table.entries()) {
    const home = join(dir, `find-${index}`);
    for (const [path, version] of Object.entries(programs)) await script(join(home, path), says(version));
    const env = {
      PATH: join(home, 'bin'),
      HOME: home,
      XDG_CACHE_HOME: join(home, 'cache'),
      GOBIN: join(home, 'gobin'),
    };
    assert.equal(await opaTool({ env, install: false }), join(home, expected), name);
  }
});

test('several at once build it once, into the cache, and leave nothing else behind', async () => {
  const home = join(dir, 'build');
  const count = join(home, 'count');
  await script(join(home, 'bin/go'), fakeGo);
  const path = `${join(home, 'bin')}:/usr/bin:/bin`;
  // GOPATH differs so that each call searches on its own, as another process would.
  const env = { PATH: path, HOME: home, XDG_CACHE_HOME: join(home, 'cache'), COUNT: count };
  const told: string[] = [];
  const paths = await Promise.all(
    ['a', 'b', 'c'].map((name) =>
      opaTool({ env: { ...env, GOBIN: join(home, name) }, onInstall: (message) => told.push(message) }),
    ),
  );
  const folder = join(home, 'cache/portcullis/tools/opa-1.22.2');
  assert.deepEqual(new Set(paths), new Set([join(folder, 'opa')]));
  assert.equal(told.length, 1);
  assert.deepEqual(await readdir(folder), ['opa']);
});

test('a lock whose holder is gone is taken over', async () => {
  const home = join(dir, 'stale');
  await script(join(home, 'bin/go'), fakeGo);
  const folder = join(home, 'cache/portcullis/tools/opa-1.22.2');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'install.lock'), '4194304999');
  const env = {
    PATH: `${join(home, 'bin')}:/usr/bin:/bin`,
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    COUNT: join(home, 'count'),
  };
  assert.equal(await opaTool({ env }), join(folder, 'opa'));
});

test('one message names everything that was tried', async () => {
  const home = join(dir, 'none');
  await script(join(home, 'bin/opa'), says('0.70.0'));
  await script(join(home, 'bin/go'), '[ "$1" = version ] || { echo "no network" >&2; exit 1; }');
  const env = { PATH: `${join(home, 'bin')}:/bin`, HOME: home, XDG_CACHE_HOME: join(home, 'cache') };
  await assert.rejects(opaTool({ env }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'opa_unavailable');
    for (const part of ['OPA 1.22.2', 'is OPA 0.70.0', 'go install', 'no network']) {
      assert.ok(error.message.includes(part), `${part} in ${error.message}`);
    }
    return true;
  });
});

test('without Go the message says so, and nothing is left behind', async () => {
  const home = join(dir, 'bare');
  const env = { PATH: join(home, 'bin'), HOME: home, XDG_CACHE_HOME: join(home, 'cache') };
  await assert.rejects(opaTool({ env }), {
    code: 'opa_unavailable',
    message:
      'OPA 1.22.2 cannot be had: no opa on PATH, in the cache or in Go’s bin folder; no go on PATH to build it with',
  });
  assert.deepEqual(await readdir(join(home, 'cache/portcullis/tools/opa-1.22.2')), []);
});

test('the real one runs, and a failing run is a result', async () => {
  const good = await runOpa(['version']);
  assert.equal(good.exitCode, 0);
  assert.match(good.stdout.toString(), /Version: 1\.22\.2/);
  const bad = await runOpa(['eval', '1 +']);
  assert.notEqual(bad.exitCode, 0);
});
