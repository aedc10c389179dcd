// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdminService } from '../../src/gen/portcullis/v1/admin_pb.ts';
import { until } from '../support/until.ts';
import type { Told } from './fragile-worker-protocol.ts';
import { type Connection, connections, type FragileServer, fragileServer } from './site.ts';

const CLIENTS = 24;
/** A thread of a busy machine may stand still for a second or two. */
const STALLED_AFTER_MS = 6_000;

/** The clients whose connections a worker serves. */
async function clientsOf(
  server: FragileServer,
  number: number,
  clients: readonly Connection[],
): Promise<readonly Connection[]> {
  const ports = new Set(await server.portsOf(number));
  return clients.filter(({ localPort }) => ports.has(localPort));
}

/** What the metrics page says of the workers. */
async function workers({ port }: FragileServer): Promise<Readonly<Record<string, number>>> {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const rows = [...page.matchAll(/^portcullis_workers_(serving|lost_total\{reason="\w+"\}) (.*)$/gm)];
  return Object.fromEntries(rows.map(([, name, value]) => [name!, Number(value)]));
}

const LOSSES: readonly (readonly [act: Exclude<Told['act'], 'connections'>, reason: string])[] = [
  ['throw', 'crash'],
  ['exit', 'crash'],
  ['loop', 'stalled'],
];

for (const [act, reason] of LOSSES) {
  test(`a worker that is lost (${act}) is replaced, and the others lose nothing`, async (t) => {
    const server = await fragileServer(
      t,
      undefined,
      reason === 'stalled' ? { stalledAfterMs: STALLED_AFTER_MS } : {},
    );
    const clients = await connections(server, CLIENTS);
    const safe = await clientsOf(server, 2, clients);
    assert.ok(safe.length > 0 && safe.length < CLIENTS);
    const admin = server.site.client(server.running.addresses.admin);
    await admin.call(AdminService.method.setCache, { policySet: 'versions', enabled: false });

    const stopping = new AbortController();
    let answered = 0;
    const asking = safe.map(async (client, index) => {
      for (let n = index; !stopping.signal.aborted; n++, answered++) assert.equal((await client.ask(n)).n, n);
    });
    server.tell(1, act);
    const seen = await until(
      async () => {
        // By a connection that is safe.
        await safe[0]!.ask(0);
        return workersOrNothing(server);
      },
      (figures) => figures[`lost_total{reason="${reason}"}`] === 1 && figures['serving'] === 2,
    );
    assert.equal(seen['serving'], 2);
    stopping.abort();
    await Promise.all(asking);
    assert.ok(answered > 0);

    // The new one answers as the others do, with the switches as they were turned.
    await server.publish(2);
    const fresh = await connections(server, CLIENTS);
    assert.ok((await clientsOf(server, 3, fresh)).length > 0);
    const versions = await Promise.all(fresh.map((client) => client.ask(4)));
    assert.deepEqual(new Set(versions.map(({ version }) => version)), new Set([2]));
    const cache = await admin.call(AdminService.method.getCache, {});
    assert.equal(cache.entries, 0n);
    assert.deepEqual(
      cache.entrypoints.map(({ enabled }) => enabled),
      [false],
    );
  });
}

/** A new connection may come to the worker that is being lost. */
async function workersOrNothing(server: FragileServer): Promise<Readonly<Record<string, number>>> {
  try {
    return await workers(server);
  } catch {
    return {};
  }
}

test('without any worker the server is not ready, and is again when there are new ones', async (t) => {
  const server = await fragileServer(t);
  const { running } = server;
  assert.equal(running.status().ready, true);
  server.tell(1, 'exit');
  server.tell(2, 'exit');
  await until(
    () => running.status().ready,
    (ready) => !ready,
  );
  await until(
    () => running.status().ready,
    (ready) => ready,
  );
  const [client] = await connections(server, 1);
  assert.equal((await client!.ask(3)).version, 1);
});
