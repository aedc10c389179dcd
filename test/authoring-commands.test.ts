// needs: opa
/** build, test and dev as commands, in this process. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { opaTool } from '../src/authoring/opa-tool.ts';
import type { CliIo } from '../src/cli/io.ts';
import { runCli } from '../src/cli/program.ts';
import { environment } from '../src/config/environment.ts';
import { recordingIo } from './support/run-cli.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'portcullis-commands-'));
  // One policy set of the demo's will do, and is tested faster than all.
  await cp(join(import.meta.dirname, '../policies/shop'), join(dir, 'policies/shop'), { recursive: true });
});
after(() => rm(dir, { recursive: true, force: true }));

/** As on a terminal, but for `given`. */
const recording = (given: Partial<CliIo> = {}): ReturnType<typeof recordingIo> =>
  recordingIo({ cwd: dir, env: environment, isTty: true, ...given });

async function cli(args: string[], isTty = true): Promise<{ exitCode: number; said: string }> {
  const { io, printed } = recording({ isTty });
  const exitCode = await runCli(args, io);
  return { exitCode, said: printed.out + printed.err };
}

test('build signs with a generated key, and verify accepts what it wrote', async () => {
  assert.equal((await cli(['keys', 'generate', '-o', 'keys/shop'])).exitCode, 0);
  const built = await cli([
    'build',
    'policies',
    '-o',
    'out/shop.tar.gz',
    '--key',
    'keys/shop.key.pem',
    '-r',
    'r1',
  ]);
  assert.equal(built.exitCode, 0, built.said);
  assert.match(built.said, /signed by key shop \(ES256\)\n {2}revision {5}r1, sequence 1[0-9]{9}\n/);
  const verified = await cli(['verify', 'out/shop.tar.gz', '--key', 'keys/shop.pub.pem']);
  assert.equal(verified.exitCode, 0, verified.said);
});

test('every run of OPA is of the one that was found in the environment of the command', async () => {
  const log = join(dir, 'opa.log');
  const script = `#!/bin/sh\necho "$1" >> '${log}'\nexec '${await opaTool()}' "$@"\n`;
  await mkdir(join(dir, 'bin'));
  await writeFile(join(dir, 'bin/opa'), script, { mode: 0o755 });
  const env = { ...environment, PATH: `${join(dir, 'bin')}:${environment['PATH']}` };
  for (const args of [['build', '-o', 'env.tar.gz'], ['test']]) {
    const { io, printed } = recording({ env });
    assert.equal(await runCli(args, io), 0, printed.out + printed.err);
  }
  const runs = new Set((await readFile(log, 'utf8')).trim().split('\n'));
  assert.deepEqual([...runs].sort(), ['build', 'check', 'fmt', 'inspect', 'test', 'version']);
});

test('unsigned builds of the same sources are the same bytes, and say what they hold as JSON', async () => {
  const first = await cli(['build', '-o', 'a.tar.gz'], false);
  const second = await cli(['build', 'policies/shop', '--base', 'policies', '-o', 'b.tar.gz'], false);
  assert.deepEqual(await readFile(join(dir, 'a.tar.gz')), await readFile(join(dir, 'b.tar.gz')));
  const facts = JSON.parse(first.said);
  assert.equal(facts.sequence, 0);
  assert.deepEqual(facts.roots, ['shop']);
  assert.deepEqual(facts.entrypoints, ['shop/authz/decision', 'shop/authz/allow']);
  assert.equal(facts.vectors, 24);
  assert.equal(JSON.parse(second.said).revision, facts.revision);
});

test('exit codes of build and test', async () => {
  await cp(join(dir, 'policies'), join(dir, 'broken'), { recursive: true });
  await writeFile(join(dir, 'broken/shop/authz.rego'), 'package shop.authz\n\nx := \n');
  const table: [string[], number, RegExp][] = [
    [['test', '--coverage', '95'], 0, /ok {3}coverage {2}100/],
    [['test', 'broken'], 1, /FAIL build/],
    [['build', 'broken', '-o', 'x.tar.gz'], 1, /broken\/shop\/authz\.rego:\d+: rego_parse_error/],
    [['build', 'none', '-o', 'x.tar.gz'], 3, /none/],
    [['build', '-o', 'x.tar.gz', '--sequence', '-1'], 2, /--sequence/],
    [['build', '-o', 'x.tar.gz', '--key-id', 'a'], 2, /--key/],
    [['build', '-o', 'x.tar.gz', '--root', 'other'], 1, /bundle_outside_roots/],
    [['build'], 2, /--out/],
    [['test', '--coverage', 'all'], 2, /--coverage/],
  ];
  for (const [args, exitCode, message] of table) {
    const run = await cli(args);
    assert.equal(run.exitCode, exitCode, `${args.join(' ')}: ${run.said}`);
    assert.match(run.said, message, args.join(' '));
  }
});

test('dev makes each good change live, keeps the old policies when one is broken, and says so', async () => {
  await cp(join(dir, 'policies'), join(dir, 'edited'), { recursive: true });
  const stop = new AbortController();
  const { io, printed } = recording({ signal: stop.signal });
  const flags = ['--set', 'grpc.address=127.0.0.1:0', '--set', 'http.address=127.0.0.1:0'];
  const ended = runCli(['dev', 'edited', ...flags], io);
  let seen = 0;
  const next = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let tries = 0; tries < 600; tries++) {
      const match = pattern.exec(printed.out.slice(seen));
      if (match !== null) {
        seen += match.index + match[0].length;
        return match;
      }
      await sleep(50);
    }
    return assert.fail(`no ${pattern} in ${printed.out}`);
  };
  try {
    const [, port] = await next(/http {3}127\.0\.0\.1:(\d+)/);
    const evaluate = async (): Promise<unknown> => {
      const input = { action: { method: 'GET' }, resource: { service: 'orders', path: '/orders/1' } };
      const response = await fetch(`http://127.0.0.1:${port}/v1/data/shop/authz/decision`, {
        method: 'POST',
        body: JSON.stringify({ input }),
      });
      return ((await response.json()) as { result: { reasons: string[] } }).result.reasons;
    };
    await next(/live after \d+ ms[^]*\d+ tests passed[^]*24 decision vectors/);
    assert.deepEqual(await evaluate(), ['a token is needed']);

    const authz = join(dir, 'edited/shop/authz.rego');
    const text = await readFile(authz, 'utf8');
    await writeFile(authz, text.replace('"a token is needed"', '"show a token"'));
    await next(/FAIL tests[^]*FAIL vectors[^]*not live: .* stays live/);
    assert.deepEqual(await evaluate(), ['a token is needed']);

    for (const file of ['shop_test.rego', 'vectors.yaml', 'authz.rego']) {
      const path = join(dir, 'edited/shop', file);
      const old = await readFile(path, 'utf8');
      await writeFile(path, old.replaceAll('a token is needed', 'show a token'));
    }
    await next(/live after \d+ ms[^]*rules changed: shop\.authz\.denials\n[^]*24 decision vectors/);
    assert.deepEqual(await evaluate(), ['show a token']);

    await writeFile(authz, 'package shop.authz\n\nx := \n');
    await next(/FAIL build[^]*not live/);
    assert.deepEqual(await evaluate(), ['show a token']);
  } finally {
    stop.abort();
  }
  assert.equal(await ended, 0);
});
