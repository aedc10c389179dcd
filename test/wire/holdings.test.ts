/** What calls hold in memory, and for how long: everything that a client can make the server keep is counted, and let go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { CallContext, RpcMethod } from '../../src/rpc.ts';
import { type BareConnection, bareServer } from './bare-connection.ts';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import { headerFrames, request, requestFields } from './requests.ts';
import { ECHO, HANG } from './server.ts';

const BIDI = '/wire.Test/Bidi';
const hang: RpcMethod = { path: HANG, kind: 'unary', handler: () => new Promise<never>(() => {}) };
const later: RpcMethod = { path: ECHO, kind: 'unary', handler: async (request) => request.slice(0, 1) };
const own = (index: number): number => 2 * index + 1;
const statusOn = ({ frames }: BareConnection, stream: number): boolean =>
  frames.some((frame) => frame.type === h2.HEADERS && frame.stream === stream);

test('headers count for as long as their call is open', () => {
  const server = bareServer([hang], { maxPendingBytesPerConnection: 512 * 1024 });
  const client = server.connect();
  const value = 'v'.repeat(12_000);
  for (let index = 0; index < 100; index++) {
    const fields = requestFields(HANG, { 'x-many': `${index}${value}` });
    client.send(headerFrames(own(index), encodeBlock(fields)));
  }
  const open = client.connection.calls.size;
  assert.ok(open >= 30 && open <= 45, `${open} calls of 14 KB are within 512 KB`);
  client.connection.abandon();
  assert.deepEqual([client.connection.holdings.account.heldBytes, server.scope.accounts.heldBytes], [0, 0]);
});

test('messages that are being inflated count until that has ended, also when their calls were reset', async () => {
  const server = bareServer([later], { maxPendingBytesPerConnection: 16 * 1024 * 1024 });
  const client = server.connect();
  const bomb = h2.message(gzipSync(Buffer.alloc(4_000_000)), 1);
  for (let index = 0; index < 40; index++) {
    client.send(request(own(index), ECHO, bomb, { 'grpc-encoding': 'gzip' }), h2.reset(own(index)));
  }
  assert.equal(client.connection.calls.size, 0);
  const { account } = client.connection.holdings;
  assert.ok(account.heldBytes >= 12_000_000, `${account.heldBytes} bytes are counted`);
  assert.ok(account.heldBytes <= 24_000_000, `${account.heldBytes} bytes are counted, of 16 MiB`);
  assert.ok(statusOn(client, own(20)), 'further calls are refused');
  while (account.heldBytes > 0) await sleep(5);
  client.send(request(own(40), ECHO, bomb, { 'grpc-encoding': 'gzip' }));
  while (!statusOn(client, own(40))) await client.turn();
  assert.deepEqual([account.heldBytes, server.scope.accounts.heldBytes], [0, 0]);
});

test('a connection that is quiet keeps nothing of the message that it inflated last', async () => {
  const server = bareServer([later]);
  const client = server.connect();
  const bytes = h2.message(gzipSync(Buffer.alloc(1_000_000)), 1);
  client.send(request(1, ECHO, bytes, { 'grpc-encoding': 'gzip' }));
  while (!statusOn(client, 1)) await client.turn();
  // Once more outside of a read: nothing is remembered as paid for.
  const message = Buffer.alloc(1000).subarray(0, 10);
  const held = (): number => client.connection.holdings.heldBy(message);
  assert.deepEqual([held(), held()], [1000, 1000]);
});

test('when all together hold too much, connections that hold more than their share begin no more calls', () => {
  const limits = { maxPendingBytesPerConnection: 300_000, maxPendingBytes: 500_000 };
  const server = bareServer([hang], limits);
  const hogs = [server.connect(), server.connect(), server.connect()];
  for (let index = 0; index < 30; index++) {
    for (const hog of hogs) hog.send(request(own(index), HANG, h2.message('x'.repeat(10_000))));
  }
  const held = server.scope.accounts.heldBytes;
  assert.ok(held > 450_000 && held < 560_000, `${held} bytes are held, of 500,000`);
  const modest = server.connect();
  modest.send(request(1, HANG, h2.message('x')));
  assert.equal(modest.connection.calls.size, 1);
});

test('a handler learns by its signal that its stream was refused for want of memory', async () => {
  let context: CallContext | undefined;
  const bidi: RpcMethod = {
    path: BIDI,
    kind: 'bidi',
    handler: async function* (_, call) {
      context = call;
      await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()));
      yield Buffer.alloc(0);
    },
  };
  const client = bareServer([bidi], { maxPendingBytesPerConnection: 100_000 }).connect();
  client.send(headerFrames(1, encodeBlock(requestFields(BIDI))));
  await client.turn();
  assert.deepEqual([context?.cancelled(), context?.signal.aborted], [false, false]);
  for (let at = 0; at < 10; at++) client.send(h2.data(1, Buffer.alloc(16_000)));
  await client.turn();
  assert.ok(statusOn(client, 1));
  assert.deepEqual([context?.cancelled(), context?.signal.aborted], [true, true]);
});

test('a message in 200,000 pieces that a busy handler has let lie is taken without delay', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let taken = 0;
  const bidi: RpcMethod = {
    path: BIDI,
    kind: 'bidi',
    handler: async function* (requests) {
      await promise;
      for await (const message of requests) taken = message.length;
      yield Buffer.from(String(taken));
    },
  };
  const client = bareServer([bidi]).connect();
  client.send(headerFrames(1, encodeBlock(requestFields(BIDI))));
  const piece = h2.data(1, Buffer.from('x'));
  const pieces = Buffer.concat(Array.from({ length: 10_000 }, () => piece));
  client.send(h2.data(1, h2.message('', 0, 200_000)));
  for (let at = 0; at < 20; at++) client.send(pieces);
  client.send(h2.data(1, Buffer.alloc(0), h2.END_STREAM));
  resolve();
  while (!client.frames.some(({ flags, stream }) => stream === 1 && flags & h2.END_STREAM))
    await client.turn();
  assert.equal(taken, 200_000);
});

test('a call whose request has come is no slow one, however long its handler takes', () => {
  for (const pieces of [1, 2]) {
    const server = bareServer([hang], { requestTimeoutMs: 1000 });
    const client = server.connect();
    const [first, ...rest] = [request(1, HANG, h2.message('x'))].flatMap((bytes) =>
      pieces === 1 ? [bytes] : [bytes.subarray(0, -15), bytes.subarray(-15)],
    );
    client.send(first!);
    for (const bytes of rest) client.send(bytes);
    server.nowMs += 2000;
    server.scope.slow.sweep();
    assert.equal(client.connection.calls.size, 1, `in ${pieces} reads`);
  }
});

test('streams that are sent in full and wait for their handlers pay for themselves: calls of others are not refused', async () => {
  const slow: RpcMethod = {
    path: BIDI,
    kind: 'bidi',
    handler: async function* (messages) {
      for await (const message of messages) {
        server.nowMs += 1;
        if (message.length > 0) yield message;
      }
    },
  };
  const busy: RpcMethod = {
    path: ECHO,
    kind: 'unary',
    handler: (message) => {
      server.nowMs += 3;
      return message.subarray(0, 1);
    },
  };
  const server = bareServer([slow, busy], {
    maxPendingBytes: 2_000_000,
    maxPendingBytesPerConnection: 1_000_000,
  });
  const body = Buffer.concat(Array.from({ length: 4000 }, () => h2.message('')));
  const full = [1, 2, 3, 4].map(() => server.connect());
  for (let index = 0; index < 25; index++) for (const one of full) one.send(request(own(index), BIDI, body));
  for (const { connection } of full) assert.ok(connection.holdings.account.heldBytes <= 1_000_000);
  assert.ok(server.scope.accounts.heldBytes > 1_900_000, `${server.scope.accounts.heldBytes} bytes`);
  const client = server.connect();
  // All but the first wait for their turns.
  const message = h2.message(Buffer.alloc(10_000));
  for (let index = 0; index < 20; index++) client.send(request(own(index), ECHO, message));
  for (let turn = 0; client.connection.calls.size > 0; turn++) {
    assert.ok(turn < 100, 'all are answered');
    await client.turn();
  }
  const answered = client.frames.filter(({ type }) => type === h2.DATA).length;
  assert.equal(answered, 20);
  assert.ok(server.scope.accounts.heldBytes <= 2_000_000);
  for (const { connection } of full) connection.abandon();
  assert.equal(server.scope.accounts.heldBytes, 0);
});
