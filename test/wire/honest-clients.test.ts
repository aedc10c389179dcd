/** What honest clients do that looks like something else: none of it may cost them their connection. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RpcMethod } from '../../src/rpc.ts';
import { type BareConnection, bareServer } from './bare-connection.ts';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import { WireClient } from './raw-client.ts';
import { call, headerFrames, request, requestFields } from './requests.ts';
import { BYTES, ECHO, HANG, startWire } from './server.ts';
import { createTransport } from './subject.ts';
import { waitFor } from './wait-for.ts';

const echo: RpcMethod = { path: ECHO, kind: 'unary', handler: (message) => message };
const hang: RpcMethod = { path: HANG, kind: 'unary', handler: () => new Promise<never>(() => {}) };
const ENHANCE_YOUR_CALM = 11;
const own = (index: number): number => 2 * index + 1;

test('an upload whose reads always end within a frame is no silence', () => {
  const server = bareServer([hang]);
  const client = server.connect();
  client.send(headerFrames(1, encodeBlock(requestFields(HANG))), h2.data(1, h2.message('', 0, 900_000)));
  const frame = h2.data(1, Buffer.alloc(1000));
  client.send(frame.subarray(0, 500));
  const halves = Buffer.concat([frame.subarray(500), frame.subarray(0, 500)]);
  for (let read = 0; read < 10; read++) {
    server.nowMs += 1000;
    client.send(halves);
    assert.equal(client.connection.heardMs, server.nowMs);
  }
  // A frame that does not end, and a block in pieces, prove nothing: who sends them cannot answer a ping.
  const heardMs = server.nowMs;
  server.nowMs += 1000;
  client.send(frame.subarray(500, 600));
  assert.equal(client.connection.heardMs, heardMs);
  const slow = server.connect();
  const block = encodeBlock(requestFields(HANG));
  const beforeMs = slow.connection.heardMs;
  server.nowMs += 1000;
  slow.send(h2.headers(1, block.subarray(0, 5), 0));
  slow.send(h2.frame(h2.CONTINUATION, 0, 1, block.subarray(5, 10)));
  assert.equal(slow.connection.heardMs, beforeMs);
});

test('as many calls may be taken back as are answered, however many that are', () => {
  const client = bareServer([echo, hang], { resetBurst: 100, resetsPerSecond: 0 }).connect();
  for (let index = 0; index < 4000; index += 2) {
    client.send(request(own(index), ECHO, h2.message('x')), request(own(index + 1), HANG, h2.message('x')));
    client.send(h2.reset(own(index + 1)));
  }
  assert.equal(client.connection.over, false);
});

test('answers that are no answers of a handler pay for no resets', () => {
  const client = bareServer([hang], { resetBurst: 100, resetsPerSecond: 0 }).connect();
  for (let index = 0; index < 400; index += 2) {
    client.send(request(own(index), '/no.Such/Method', h2.message('x')));
    client.send(request(own(index + 1), HANG, h2.message('x')), h2.reset(own(index + 1)));
  }
  assert.equal(goawayOf(client), ENHANCE_YOUR_CALM);
});

test('a client that pings, and gives windows back, ten times for each answer stays as long as it likes', () => {
  const client = bareServer([echo]).connect();
  const noise = Buffer.concat([
    ...Array.from({ length: 5 }, () => h2.ping(Buffer.alloc(8))),
    ...Array.from({ length: 5 }, () => h2.windowUpdate(0, 5)),
  ]);
  for (let index = 0; index < 2000; index++) client.send(request(own(index), ECHO, h2.message('x')), noise);
  assert.equal(client.connection.over, false);
});

test('a client that takes its last answer slowly during a drain gets all of it', async (t) => {
  const harness = await startWire(t);
  const opening = Buffer.concat([
    h2.PREFACE,
    h2.settings([h2.INITIAL_WINDOW_SIZE, 2 ** 31 - 1]),
    h2.windowUpdate(0, 2 ** 31 - 1 - 65_535),
  ]);
  const client = await harness.connect({ opening });
  assert.equal((await call(client, ECHO, 'x')).grpcStatus, 0);
  // More than the buffers of two sockets on loopback take.
  const streams = Array.from({ length: 4 }, () => client.nextStream());
  client.write(...streams.map((stream) => request(stream, BYTES, h2.message('4000000'))));
  await client.until(
    () => streams.every((stream) => client.stream(stream).receivedBytes > 0),
    'the beginning',
  );
  client.socket.pause();
  const drained = harness.transport.drain(10_000);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  client.socket.resume();
  for (const stream of streams) {
    const { grpcStatus, messages } = await client.answer(stream);
    assert.deepEqual([grpcStatus, messages[0]?.bytes.length], [0, 4_000_000]);
  }
  client.close();
  await drained;
});

test('a client that has ended its side of the socket has its calls taken back', async (t) => {
  const harness = await startWire(t);
  const [leaving, staying] = [await harness.connect(), await harness.connect()];
  leaving.write(request(1, ECHO, h2.message('y')), request(3, HANG, h2.message('x')));
  staying.write(request(1, HANG, h2.message('x')));
  await waitFor(() => harness.hanging.length === 2);
  assert.equal((await leaving.answer(1)).grpcStatus, 0);
  leaving.socket.end();
  await waitFor(() => harness.hanging.some(({ signal }) => signal.aborted));
  await leaving.closed();
  harness.release();
  assert.equal((await staying.answer(1)).grpcStatus, 0);
  assert.deepEqual(harness.errors, []);
});

test('who is told of errors may fail: the call is answered, and others go on', async (t) => {
  const onError = (): never => {
    throw new Error('the listener of errors');
  };
  const broken = (path: string, handler: () => Promise<Uint8Array>): RpcMethod => ({
    path,
    kind: 'unary',
    handler,
  });
  const transport = createTransport({ address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, onError }, [
    broken('/wire.Test/Now', () => {
      throw new Error('at once');
    }),
    broken('/wire.Test/Later', () => Promise.reject(new Error('later'))),
    echo,
  ]);
  const client = await WireClient.connect(await transport.listen());
  t.after(async () => {
    client.close();
    await transport.drain(0);
  });
  assert.equal((await call(client, '/wire.Test/Now', 'x')).grpcStatus, 13);
  assert.equal((await call(client, '/wire.Test/Later', 'x')).grpcStatus, 13);
  assert.equal((await call(client, ECHO, 'x')).grpcStatus, 0);
});

function goawayOf({ frames }: BareConnection): number | undefined {
  return frames.findLast(({ type }) => type === h2.GOAWAY)?.payload.readUInt32BE(4);
}
