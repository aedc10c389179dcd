// needs: opa
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { type ServerSite, until } from '../support/server-site.ts';
import { archive, CONFIG, clientOf, question, serve, siteOf } from '../support/working-server.ts';

const main = join(fileURLToPath(import.meta.url), '../../../src/main.ts');

test('SIGHUP fetches the bundles now, and a refused one changes nothing', async (t) => {
  const site = await siteOf(t);
  const server = await serve(site);
  const client = clientOf(site, server);
  const revision = async (): Promise<string | undefined> => {
    const { decision } = await client.call(DecisionService.method.check, { question: question(0) });
    return decision!.provenance!.revisions['policy'];
  };
  assert.equal(await revision(), 'v1');
  await site.publish('bundles/work.tar.gz', await archive(2));
  server.child.kill('SIGHUP');
  await until(revision, (seen) => seen === 'v2');
  await site.publish('bundles/work.tar.gz', 'nonsense');
  server.child.kill('SIGHUP');
  await until(
    () => server.log.filter(({ code }) => code === 'archive_not_gzip').length,
    (refusals) => refusals > 0,
  );
  assert.equal(await revision(), 'v2');
  await site.publish('bundles/work.tar.gz', await archive(2));
  // Nothing has changed, and the source is asked all the same, long before its next turn.
  const checkedAtMs = async (): Promise<number> => {
    const status = (await (await fetch(`http://${server.addresses.http}/v1/status`)).json()) as {
      policy_sets: [{ bundles: [{ last_checked_age_seconds: number; last_error: object | null }] }];
    };
    const [bundle] = status.policy_sets[0].bundles;
    return bundle.last_error === null ? Date.now() - bundle.last_checked_age_seconds * 1000 : 0;
  };
  const before = await until(checkedAtMs, (seen) => seen > 0);
  await setTimeout(1000);
  server.child.kill('SIGHUP');
  await until(checkedAtMs, (seen) => seen > before + 500, 10_000);
  assert.equal(await server.stop(), 0);
});

/** Runs `serve` until it ends by itself. */
async function serveInVain(site: ServerSite, ...args: string[]): Promise<{ code: number; printed: string }> {
  const child = spawn(process.execPath, [main, 'serve', '--config', site.configFile, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  site.cleanup(() => child.kill('SIGKILL'));
  const [printed, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  return { code: code as number, printed };
}

test('a wrong configuration ends with 2 and every mistake with its place', async (t) => {
  const site = await siteOf(t);
  await writeFile(
    site.configFile,
    `${CONFIG.replace('127.0.0.1:0 }\nhttp', '0.0.0.0:0 }\nhttp').replace('keys: [test]', 'keys: [tset]')}
cache: { maxAge: soon }
clietns: {}
`,
  );
  const { code, printed } = await serveInVain(site);
  assert.equal(code, 2, printed);
  for (const mistake of [
    /error \[config_invalid\]/,
    /portcullis\.yaml:2:\d+: grpc\.address.*off loopback without TLS/,
    /"tset" is not in keys.*test/,
    /portcullis\.yaml:\d+:\d+: cache\.maxAge/,
    /clietns.*clients/,
  ])
    assert.match(printed, mistake);

  await writeFile(site.configFile, CONFIG);
  await writeFile(site.path('key.pem'), 'no key');
  const badKey = await serveInVain(site);
  assert.equal(badKey.code, 2, badKey.printed);
  assert.match(badKey.printed, /error \[key_invalid\]: keys\.test: /);
});

test('a port in use ends with 3, and nothing is left behind', async (t) => {
  const site = await siteOf(t);
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  site.cleanup(() => other.close());
  const taken = other.address();
  assert.ok(typeof taken === 'object' && taken !== null);
  for (const listener of ['grpc', 'http']) {
    const { code, printed } = await serveInVain(site, '--set', `${listener}.address=127.0.0.1:${taken.port}`);
    assert.equal(code, 3, printed);
    assert.match(
      printed,
      new RegExp(
        `error \\[io_failed\\]: .*127\\.0\\.0\\.1:${taken.port}: another process or listener is there`,
      ),
    );
  }
  // The admin socket of a server that could not start is no obstacle, nor is that of one that was killed.
  const first = await serve(site);
  await first.kill();
  const second = await serve(site);
  // A server that runs is one.
  const third = await serveInVain(site);
  assert.equal(third.code, 3, third.printed);
  assert.match(third.printed, /admin\.sock/);
  assert.equal(
    (await clientOf(site, second).call(DecisionService.method.check, { question: question(0) })).decision!
      .allowed,
    true,
  );
  assert.equal(await second.stop(), 0);
  await assert.rejects(readFile(site.path('state/admin.sock')), { code: 'ENOENT' });
});
