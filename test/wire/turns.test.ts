/** Handlers that take long: what waits for its turn, and what goes on meanwhile. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { RpcMethod } from '../../src/rpc.ts';
import type { GrpcLimits } from '../../src/transport/transport.ts';
import { type BareConnection, type BareServer, bareServer } from './bare-connection.ts';
import * as h2 from './frames.ts';
import { WireClient } from './raw-client.ts';
import { request } from './requests.ts';
import { createTransport } from './subject.ts';
import { waitFor } from './wait-for.ts';

const BUSY = '/wire.Test/Busy';
const own = (index: number): number => 2 * index + 1;

interface Busy extends BareServer {
  /** What handlers have begun with, in order. */
  readonly begun: string[];
  /** The streams that the service was told of without a handler. */
  abandoned: number;
}

/** A server whose handlers take so long by its clock, and answer what they are asked, or this. */
function busyServer(workMs: number, limits: Partial<GrpcLimits> = {}, answer?: Buffer): Busy {
  const begun: string[] = [];
  const busy: RpcMethod = {
    path: BUSY,
    kind: 'unary',
    handler: (message) => {
      begun.push(Buffer.from(message).toString());
      server.nowMs += workMs;
      return answer ?? message;
    },
    unread: {
      abandoned: () => void server.abandoned++,
      oversized: () => assert.fail('no message is too long'),
    },
  };
  const server: Busy = Object.assign(bareServer([busy], limits), { begun, abandoned: 0 });
  return server;
}

const ask = (index: number, text: string, timeout?: string): Buffer =>
  request(own(index), BUSY, h2.message(text), timeout === undefined ? {} : { 'grpc-timeout': timeout });

const asks = (count: number, text = 'a'): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => ask(index, `${text}${index}`)));

const names = (count: number, text = 'a'): string[] => Array.from({ length: count }, (_, n) => `${text}${n}`);

/** The streams that have been answered with a message, in order. */
const answered = ({ frames }: BareConnection): number[] =>
  frames.filter(({ type }) => type === h2.DATA).map(({ stream }) => (stream - 1) / 2);

async function until(connection: BareConnection, done: () => boolean): Promise<void> {
  for (let turn = 0; turn < 300 && !done(); turn++) await connection.turn();
  assert.ok(done());
}

test('the calls of a read that take no time are all answered with it, however many', () => {
  const server = busyServer(0);
  const client = server.connect();
  client.send(asks(500));
  assert.equal(answered(client).length, 500);
});

test('200 calls of 5 ms on one connection: another is answered meanwhile, and all keep their order', async () => {
  const server = busyServer(5);
  const [busy, other] = [server.connect(), server.connect()];
  busy.send(asks(200));
  other.send(asks(3, 'b'));
  await until(other, () => answered(other).length === 3);
  assert.ok(server.begun.length < 12, `${server.begun.length} calls have begun`);
  await until(busy, () => answered(busy).length === 200);
  assert.deepEqual(answered(other), [0, 1, 2]);
  assert.deepEqual(
    server.begun.filter((text) => text.startsWith('a')),
    names(200),
  );
  assert.deepEqual(
    answered(busy),
    Array.from({ length: 200 }, (_, index) => index),
  );
  assert.equal(server.scope.accounts.heldBytes, 0);
});

test('resets of a later read take waiting calls back: their handlers never run, and the service is told', async () => {
  const server = busyServer(5);
  const client = server.connect();
  client.send(asks(20));
  client.send(...Array.from({ length: 10 }, (_, n) => h2.reset(own(5 + n))));
  assert.equal(server.abandoned, 10);
  await until(client, () => client.connection.calls.size === 0);
  assert.deepEqual(server.begun, [...names(5), ...names(20).slice(15)]);
});

test('a reset behind slow calls in the same read takes back what waits', async () => {
  const server = busyServer(5);
  const client = server.connect();
  client.send(asks(4), h2.reset(own(2)));
  await until(client, () => client.connection.calls.size === 0);
  assert.deepEqual([server.begun, server.abandoned], [['a0', 'a1', 'a3'], 1]);
});

test('PING, SETTINGS and windows are dealt with while calls wait', async () => {
  const server = busyServer(5);
  const client = server.connect();
  client.send(h2.settings([h2.INITIAL_WINDOW_SIZE, 0]));
  client.send(asks(5), h2.ping(Buffer.from('12345678')));
  assert.ok(client.frames.some(({ type, flags }) => type === h2.PING && flags === h2.ACK));
  assert.equal(server.begun.length, 1);
  client.send(h2.windowUpdate(own(3), 100), h2.settings([h2.MAX_FRAME_SIZE, 20_000]));
  await until(client, () => server.begun.length === 5);
  await client.turn();
  assert.deepEqual(answered(client), [3]);
});

test('a deadline that passes while a call waits ends it without its handler', async () => {
  const server = busyServer(5);
  const client = server.connect();
  client.send(ask(0, 'first'), ask(1, 'second'), ask(2, 'hasty', '8m'), ask(3, 'last'));
  await until(client, () => client.connection.calls.size === 0);
  assert.deepEqual(server.begun, ['first', 'second', 'last']);
  assert.equal(server.abandoned, 1);
  assert.deepEqual(answered(client), [0, 1, 3]);
  assert.equal(
    client.frames.filter(({ type, stream }) => type === h2.HEADERS && stream === own(2)).length,
    1,
  );
});

test('a timer that finds the deadline first does the same', () => {
  const server = busyServer(5);
  const client = server.connect();
  client.send(ask(0, 'first'), ask(1, 'hasty', '8m'));
  server.nowMs += 10;
  server.scope.deadlines.expire();
  assert.deepEqual([server.begun, server.abandoned, client.connection.calls.size], [['first'], 1, 0]);
});

test('the calls of a connection that closes are dropped, and those of others go on', async () => {
  const server = busyServer(5);
  const [leaving, staying] = [server.connect(), server.connect()];
  leaving.send(asks(50));
  staying.send(asks(2, 'b'));
  leaving.connection.abandon();
  await until(staying, () => answered(staying).length === 2);
  assert.deepEqual(server.begun, ['a0', 'b0', 'b1']);
  assert.equal(server.abandoned, 49);
  assert.equal(server.scope.accounts.heldBytes, 0);
});

test('waiting calls count for what they hold, without the read that they came in, and are refused beyond the limit', async () => {
  const server = busyServer(5, { maxPendingBytesPerConnection: 100_000 });
  const client = server.connect();
  // Much else comes in the same read.
  client.send(ask(0, 'first'), ask(1, 'x'), ask(2, 'y'), h2.frame(99, 0, 0, Buffer.alloc(16_000)));
  const { account } = client.connection.holdings;
  assert.ok(
    account.heldBytes > 4000 && account.heldBytes < 10_000,
    `${account.heldBytes} bytes for two calls`,
  );
  for (let index = 3; index < 100; index++) client.send(ask(index, 'z'.repeat(1000)));
  assert.ok(account.heldBytes <= 100_000 && account.heldBytes > 90_000, `${account.heldBytes} bytes`);
  const refused = client.frames.filter(({ type }) => type === h2.HEADERS).length;
  assert.ok(refused > 50, `${refused} calls are refused`);
  await until(client, () => client.connection.calls.size === 0);
  assert.equal(account.heldBytes, 0);
});

test('what waits does not begin when earlier answers that the client does not take fill its share of memory', async () => {
  const server = busyServer(5, { maxPendingBytesPerConnection: 200_000 }, Buffer.alloc(50_000));
  const client = server.connect();
  client.send(h2.settings([h2.INITIAL_WINDOW_SIZE, 0]));
  client.send(asks(30));
  for (let turn = 0; turn < 40; turn++) await client.turn();
  assert.ok(server.begun.length < 8, `${server.begun.length} have begun`);
  assert.ok(client.connection.holdings.account.heldBytes <= 200_000);
});

const ENDS: Readonly<Record<string, (server: BareServer, client: BareConnection) => unknown>> = {
  'a turn': (_server, client) => client.turn(),
  'a timer': ({ scope }) => scope.deadlines.expire(),
  'the accounts, for another connection': (_server, { connection }) => connection.calls.get(own(1))!.refuse(),
};

for (const [where, end] of Object.entries(ENDS)) {
  test(`what a service throws when it is told by ${where} ends the connection of the call, and no other`, async () => {
    const thrown = new Error('a defect');
    const busy: RpcMethod = {
      path: BUSY,
      kind: 'unary',
      handler: (message) => {
        server.nowMs += 10;
        return message;
      },
      unread: {
        abandoned: () => {
          throw thrown;
        },
        oversized: () => assert.fail('no message is too long'),
      },
    };
    const server = bareServer([busy]);
    const [client, other] = [server.connect(), server.connect()];
    client.send(ask(0, 'first'), ask(1, 'hasty', '8m'), ask(2, 'last'));
    other.send(ask(0, 'other'));
    await end(server, client);
    await until(other, () => answered(other).length === 1);
    await client.turn();
    assert.deepEqual([client.ended, other.ended], [true, false]);
    assert.equal(client.frames.find(({ type }) => type === h2.GOAWAY)?.payload.readUInt32BE(4), 2);
    assert.equal(client.connection.calls.size, 0);
    // Each call that the service was told of.
    assert.deepEqual(
      server.errors.map(({ code, cause }) => [code, cause]),
      [
        ['internal', thrown],
        ['internal', thrown],
      ],
    );
    assert.equal(server.scope.accounts.heldBytes, 0);
  });
}

test('a defect of ours in a turn ends the connection of the call, and no other', async () => {
  const server = busyServer(10);
  const [client, other] = [server.connect(), server.connect()];
  const defect = new Error('a defect');
  client.send(asks(3));
  other.send(asks(3, 'b'));
  client.connection.holdings.full = () => {
    throw defect;
  };
  await until(other, () => answered(other).length === 3);
  assert.deepEqual([client.ended, other.ended], [true, false]);
  assert.deepEqual([server.abandoned, client.connection.calls.size], [2, 0]);
  assert.deepEqual(
    server.errors.map(({ cause }) => cause),
    [defect],
  );
});

test('a stream that throws as it is stopped does not keep other deadlines', async () => {
  const stuck: RpcMethod = {
    path: BUSY,
    kind: 'server-stream',
    handler: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          throw new Error('a defect');
        },
      }),
    }),
  };
  const server = bareServer([stuck]);
  const client = server.connect();
  client.send(ask(0, 'first', '1m'), ask(1, 'second', '2m'));
  server.nowMs += 5;
  server.scope.deadlines.expire();
  await client.turn();
  assert.equal(client.connection.calls.size, 0);
  assert.deepEqual(
    client.frames.filter(({ type }) => type === h2.HEADERS).map(({ stream }) => stream),
    [own(0), own(1)],
  );
});

/** A transport whose handler keeps the event loop for so long. */
async function busyTransport(t: TestContext, workMs: number) {
  const begun: string[] = [];
  const abandoned: string[] = [];
  const busy: RpcMethod = {
    path: BUSY,
    kind: 'unary',
    handler: (message) => {
      begun.push(Buffer.from(message).toString());
      for (const endMs = performance.now() + workMs; performance.now() < endMs; );
      return message;
    },
    unread: {
      abandoned: (call, message) => {
        assert.ok(call.cancelled());
        abandoned.push(Buffer.from(message ?? '').toString());
      },
      oversized: () => assert.fail('no message is too long'),
    },
  };
  const transport = createTransport({ address: { kind: 'tcp', host: '127.0.0.1', port: 0 } }, [busy]);
  const address = await transport.listen();
  // Nothing that it sends by itself makes the server write.
  const client = await WireClient.connect(address, { updatesWindows: false });
  const other = await WireClient.connect(address);
  t.after(async () => {
    for (const { socket } of [client, other]) socket.destroy();
    await transport.drain(0);
  });
  await Promise.all([client.synced(), other.synced()]);
  return { transport, begun, abandoned, client, other };
}

test('over sockets: other connections, resets and pings do not wait for what a read has brought', async (t) => {
  const { begun, client, other } = await busyTransport(t, 5);
  client.write(asks(100));
  await waitFor(() => begun.length > 0);
  client.write(...Array.from({ length: 50 }, (_, n) => h2.reset(own(50 + n))));
  await client.synced();
  other.write(ask(0, 'other'));
  assert.equal((await other.answer(1)).grpcStatus, 0);
  assert.ok(!begun.includes('a49'), 'the other was not last');
  assert.equal((await client.answer(own(49))).grpcStatus, 0);
  await client.synced();
  assert.deepEqual(
    begun.filter((text) => text.startsWith('a')),
    names(50),
  );
});

test('over sockets: answers of calls that waited leave when they are there', async (t) => {
  const { client } = await busyTransport(t, 5);
  client.write(asks(10));
  for (let index = 0; index < 10; index++) assert.equal((await client.answer(own(index))).grpcStatus, 0);
});

test('a drain waits for the calls that wait, as for any that have come', async (t) => {
  const { transport, begun, client } = await busyTransport(t, 5);
  client.write(asks(20));
  await waitFor(() => begun.length > 0);
  const drained = transport.drain(10_000);
  for (const index of [0, 19]) assert.equal((await client.answer(own(index))).grpcStatus, 0);
  await drained;
  assert.deepEqual(begun, names(20));
});

test('when the grace of a drain is over, calls that wait end with UNAVAILABLE, and the service is told what they asked', async (t) => {
  const { transport, begun, abandoned, client } = await busyTransport(t, 20);
  client.write(asks(500));
  await waitFor(() => begun.length > 0);
  await transport.drain(50);
  assert.equal((await client.answer(own(499))).grpcStatus, 14);
  assert.ok(begun.length < 250, `${begun.length} have begun`);
  assert.deepEqual([...begun, ...abandoned], names(500));
});
