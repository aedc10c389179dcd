// needs: opa
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import { AdminService } from '../../src/gen/portcullis/v1/admin_pb.ts';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { until } from '../support/until.ts';
import { CONFIG, connections, type FragileServer, fragileServer } from './site.ts';

const CLIENTS = 24;

/** The sum of a metric over all its labels. */
async function metric({ port }: FragileServer, name: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values = [...page.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (.*)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}

const asJson = (n: number) => ({
  question: { input: { case: 'json' as const, value: Buffer.from(`{"n":${n}}`) } },
});

test('two workers share the addresses; answers, figures, log and cache are those of one server', async (t) => {
  const server = await fragileServer(t);
  const { site, running } = server;
  const clients = await connections(server, CLIENTS);
  const ports = [await server.portsOf(1), await server.portsOf(2)];
  assert.ok(ports.every((those) => those.length > 0));
  assert.equal(new Set(ports.flat()).size, ports.flat().length);

  for (const [n, client] of clients.entries()) {
    assert.deepEqual(await client.ask(n), { allowed: n % 2 === 0, n, version: 1 });
    const grpc = site.client(running.addresses.grpc);
    const { decision } = await grpc.call(DecisionService.method.check, asJson(n));
    assert.equal(decision?.allowed, n % 2 === 0);
  }
  const asked = 3 * CLIENTS;
  assert.equal(await metric(server, 'portcullis_decisions_total'), asked);
  assert.equal(await metric(server, 'portcullis_workers_serving'), 2);
  assert.equal(await metric(server, 'portcullis_cache_max_entries'), 100_000);

  const admin = site.client(running.addresses.admin);
  const { getCache, setCache, flushCache } = AdminService.method;
  const before = await admin.call(getCache, {});
  assert.equal(before.hits + before.misses, BigInt(asked));
  const { entries } = await admin.call(flushCache, {});
  assert.equal(entries, before.entries);
  assert.equal((await admin.call(getCache, {})).entries, 0n);
  const off = await admin.call(setCache, { policySet: 'versions', enabled: false });
  assert.deepEqual(
    off.entrypoints.map(({ enabled }) => enabled),
    [false],
  );
  for (const client of clients) await client.ask(1);
  assert.equal((await admin.call(getCache, {})).entries, 0n);
  await assert.rejects(admin.call(setCache, { policySet: 'nobody', enabled: false }), { code: 5 });

  await running.stop();
  const lines = (await readFile(site.path('decisions.jsonl'), 'utf8')).trimEnd().split('\n');
  const ids = lines.map((line) => (JSON.parse(line) as { decision_id: string }).decision_id);
  assert.equal(ids.length, asked + CLIENTS);
  assert.equal(new Set(ids).size, ids.length);
});

test('once a reload is acknowledged, no worker answers from the old revision', async (t) => {
  const server = await fragileServer(t);
  const clients = await connections(server, CLIENTS);
  let acknowledged = 1;
  const stale: string[] = [];
  const stopping = new AbortController();
  const asking = clients.map(async (client) => {
    while (!stopping.signal.aborted) {
      const least = acknowledged;
      const { version } = await client.ask(7);
      if (version < least) stale.push(`v${version} after v${least}`);
    }
  });
  for (let version = 2; version <= 4; version++) {
    await server.publish(version);
    acknowledged = version;
    const versions = await Promise.all(clients.map((client) => client.ask(version)));
    assert.deepEqual(new Set(versions.map((answer) => answer.version)), new Set([version]));
  }
  stopping.abort();
  await Promise.all(asking);
  assert.deepEqual(stale, []);
});

test('what one worker refuses goes live in none', async (t) => {
  const server = await fragileServer(t);
  const clients = await connections(server, CLIENTS);
  await server.site.publish('bundles/versions.tar.gz', 'no archive');
  await server.running.reload();
  assert.equal(server.running.status().policySets[0]?.bundles[0]?.lastError?.code, 'archive_not_gzip');
  const versions = await Promise.all(clients.map((client) => client.ask(1)));
  assert.deepEqual(new Set(versions.map(({ version }) => version)), new Set([1]));
});

test('connections by a Unix socket go to one worker after the other', async (t) => {
  const config = CONFIG.replace('127.0.0.1:0, transport: wire', 'unix:asked.sock, transport: wire');
  const server = await fragileServer(t, config);
  const place = async (): Promise<number> => (await stat(server.site.path('asked.sock'))).ino;
  for (let n = 0; n < 6; n++) {
    const before = await place();
    const client = server.site.client(server.running.addresses.grpc);
    const { decision } = await client.call(DecisionService.method.check, asJson(n));
    assert.equal(decision?.allowed, n % 2 === 0);
    // The path leads to the next worker now.
    await until(place, (now) => now !== before);
  }
  const byWorker = [await server.portsOf(1), await server.portsOf(2)];
  assert.deepEqual(
    byWorker.map((ports) => ports.length),
    [3, 3],
  );
});
