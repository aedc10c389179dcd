/** When a connection ends by itself, with the test's clock and timers. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { RpcMethod } from '../../src/rpc.ts';
import type { GrpcLimits } from '../../src/transport/transport.ts';
import { Lifetime } from '../../src/transport/wire/lifetime.ts';
import { bareServer } from './bare-connection.ts';
import * as h2 from './frames.ts';
import { request } from './requests.ts';
import { HANG } from './server.ts';

/** A connection that began at 0, and a way to let time pass; `retired`: the client was asked to go. */
function living(t: TestContext, limits: Partial<GrpcLimits>) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const answers: (() => void)[] = [];
  const hang: RpcMethod = {
    path: HANG,
    kind: 'unary',
    handler: () => new Promise((resolve) => answers.push(() => resolve(new Uint8Array()))),
  };
  const server = bareServer([hang], limits);
  server.nowMs = 0;
  const client = server.connect();
  const lifetime = new Lifetime(
    { connection: client.connection, cut: () => client.connection.abandon() },
    Number.POSITIVE_INFINITY,
  );
  t.after(() => lifetime.stop());
  const pass = async (untilMs: number): Promise<void> => {
    const passedMs = untilMs - server.nowMs;
    server.nowMs = untilMs;
    t.mock.timers.tick(passedMs);
    await client.turn();
  };
  const at = async (atMs: number): Promise<void> => {
    while (server.nowMs < atMs) await pass(server.nowMs + Math.min(50, atMs - server.nowMs));
  };
  const retired = (): boolean => client.frames.some(({ type }) => type === h2.GOAWAY);
  return { client, answers, at, retired };
}

const IDLE = { maxConnectionIdleMs: 1000, keepaliveIntervalMs: Number.POSITIVE_INFINITY };

test('a connection is idle from the end of its last call, however long ago something was read', async (t) => {
  const { client, answers, at, retired } = living(t, IDLE);
  await at(500);
  client.send(h2.settingsAck(), request(1, HANG, h2.message('x')));
  await at(2900);
  answers[0]!();
  await client.turn();
  await at(3850);
  assert.equal(retired(), false);
  await at(3950);
  assert.equal(retired(), true);
});

test('a connection that never made a call is idle from its beginning', async (t) => {
  const { client, at, retired } = living(t, IDLE);
  client.send(h2.settingsAck());
  await at(950);
  assert.equal(retired(), false);
  await at(1050);
  assert.equal(retired(), true);
});
