// needs: opa
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { HealthCheckResponse_ServingStatus as Serving } from '../../src/gen/grpc/health/v1/health_pb.ts';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { type ServerSite, until } from '../support/server-site.ts';
import {
  CONFIG,
  clientOf,
  question,
  serve,
  siteOf,
  watchHealth,
  watchRevision,
} from '../support/working-server.ts';

async function loggedInputs(site: ServerSite): Promise<number[]> {
  const lines = (await readFile(site.path('decisions.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { input: { n: number } }).input.n);
}

/** Asks over a connection that is there already. */
function ask(
  agent: Agent,
  server: ServerProcess,
  n: number,
): Promise<{ status: number | undefined; n: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; n: unknown }>();
  const url = `http://${server.addresses.http}/v1/data/work/decision`;
  const call = request(url, { agent, method: 'POST' }, (response) => {
    text(response).then(
      (body) =>
        resolve({
          status: response.statusCode,
          n: (JSON.parse(body) as { result: { n: unknown } }).result.n,
        }),
      reject,
    );
  });
  call.on('error', reject).end(`{"input":{"n":${n}}}`);
  return promise;
}

test('SIGTERM fails nothing in flight, logs every decision and ends with 0', async (t) => {
  const site = await siteOf(t);
  const server = await serve(site);
  const clients = Array.from({ length: 4 }, () => clientOf(site, server));
  const agents = Array.from({ length: 20 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  site.cleanup(() => {
    for (const agent of agents) agent.destroy();
  });
  // Connections first: what is still in the listener's queue was never accepted.
  const warm = [
    ...clients.map(
      async (client, i) =>
        (await client.call(DecisionService.method.check, { question: question(i) })).decision,
    ),
    ...agents.map((agent, i) => ask(agent, server, 100 + i)),
  ];
  await Promise.all(warm);
  const revisions = [watchRevision(site, server), watchRevision(site, server)];
  const health = watchHealth(site, server);
  await until(
    () => revisions.every(({ messages }) => messages.length > 0) && health.messages.length > 0,
    Boolean,
  );

  let answered = 0;
  const count = <T>(answer: T): T => {
    answered++;
    return answer;
  };
  const unary = Array.from({ length: 200 }, (_, i) =>
    clients[i % clients.length]!.call(
      DecisionService.method.check,
      { question: question(1000 + i) },
      120_000,
    ).then(count),
  );
  const batch = clients[0]!
    .call(
      DecisionService.method.batchCheck,
      { questions: Array.from({ length: 1000 }, (_, i) => question(2000 + i)) },
      120_000,
    )
    .then(count);
  const http = agents.map((agent, i) => ask(agent, server, 3000 + i).then(count));
  const logged = until(
    () => answered,
    (seen) => seen > 0,
  );
  await logged;
  const exited = once(server.child, 'exit');
  assert.ok(answered < unary.length + http.length + 1, 'all were answered before the signal');
  server.child.kill('SIGTERM');

  const decisions = (await Promise.all(unary)).map(({ decision }) => decision!);
  assert.ok(decisions.every(({ allowed, obligations }, i) => allowed && obligations?.['n'] === 1000 + i));
  const { decisions: batched } = await batch;
  assert.ok(
    batched.length === 1000 &&
      batched.every(({ allowed, obligations }, i) => allowed && obligations?.['n'] === 2000 + i),
  );
  assert.deepEqual(
    await Promise.all(http),
    agents.map((_, i) => ({ status: 200, n: 3000 + i })),
  );
  assert.deepEqual(await exited, [0, null]);

  // Watches end in good order, and those of health have heard that the server is leaving.
  assert.deepEqual(health.messages, [Serving.SERVING, Serving.NOT_SERVING]);
  for (const { messages, ended } of [...revisions, health]) {
    assert.ok(messages.length > 0);
    assert.equal(await ended, GrpcStatus.OK);
  }
  const inputs = (await loggedInputs(site)).sort((a, b) => a - b);
  const range = (from: number, length: number): number[] => Array.from({ length }, (_, i) => from + i);
  assert.deepEqual(inputs, [
    ...range(0, 4),
    ...range(100, 20),
    ...range(1000, 200),
    ...range(2000, 1000),
    ...range(3000, 20),
  ]);
  await assert.rejects(clientOf(site, server).call(DecisionService.method.check, { question: question(1) }), {
    code: GrpcStatus.UNAVAILABLE,
  });
});

test('watchers alone do not hold a stop up', async (t) => {
  const site = await siteOf(t, CONFIG.replace('2m', '10m'));
  const server = await serve(site);
  const watchers = [watchRevision(site, server), watchHealth(site, server)];
  await until(() => watchers.every(({ messages }) => messages.length > 0), Boolean);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(await Promise.all(watchers.map(({ ended }) => ended)), [GrpcStatus.OK, GrpcStatus.OK]);
});

test('a second signal ends the server at once', async (t) => {
  const site = await siteOf(t);
  const server = await serve(site);
  const client = clientOf(site, server);
  await client.call(DecisionService.method.check, { question: question(0) });
  const long = client.call(
    DecisionService.method.batchCheck,
    { questions: Array.from({ length: 1000 }, (_, i) => question(i)) },
    120_000,
  );
  const lost = assert.rejects(long);
  // The batch is being answered when the first signal comes.
  await until(
    async () => (await readFile(site.path('decisions.jsonl'), 'utf8')).split('\n').length,
    (lines) => lines > 10,
  );
  const exited = once(server.child, 'exit');
  server.child.kill('SIGINT');
  const health = watchHealth(site, server);
  await health.ended;
  server.child.kill('SIGTERM');
  assert.deepEqual(await exited, [128 + 15, null]);
  await lost;
});
