/** RFC 9113, 5.2 and 6.9: both directions of flow control, to the byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import type { WireClient } from './raw-client.ts';
import { call, headerFrames, request, requestFields } from './requests.ts';
import { BYTES, ECHO, HANG, STREAM, startWire } from './server.ts';
import { givenBytes, upload } from './upload.ts';

const INITIAL = 65_535;
const frameBytes = (client: WireClient): number =>
  Math.max(...client.frames.filter(({ type }) => type === h2.DATA).map(({ payload }) => payload.length));

/** A connection that gives nothing back of its windows, with `window` bytes for each stream. */
const opening = (window: number): Buffer =>
  Buffer.concat([h2.PREFACE, h2.settings([h2.INITIAL_WINDOW_SIZE, window])]);
const still = { updatesWindows: false } as const;

test('an answer stops at the window of its stream, and goes on by what it is given', async (t) => {
  const client = await (await startWire(t)).connect({ ...still, opening: opening(10) });
  client.write(request(1, BYTES, h2.message('100')));
  const record = client.stream(1);
  await client.until(() => record.receivedBytes === 10, 'ten bytes');
  await client.synced();
  assert.equal(record.receivedBytes, 10);
  for (const [more, all] of [
    [1, 11],
    [1, 12],
    [50, 62],
    [1000, 105],
  ] as const) {
    client.write(h2.windowUpdate(1, more));
    await client.until(() => record.receivedBytes === all, `${all} bytes`);
    await client.synced();
    assert.equal(record.receivedBytes, all);
  }
  const { grpcStatus, messages } = await client.answer(1);
  assert.equal(grpcStatus, 0);
  assert.equal(messages[0]?.bytes.length, 100);
});

test('headers and answers without a body need no window', async (t) => {
  const client = await (await startWire(t)).connect({ ...still, opening: opening(0) });
  client.write(request(1, '/wire.Test/Unknown', h2.message('')), request(3, ECHO, h2.message('x')));
  assert.equal((await client.answer(1)).grpcStatus, 12);
  await client.synced();
  assert.equal(client.stream(3).receivedBytes, 0);
  assert.equal(client.stream(3).done, false);
  client.write(h2.windowUpdate(3, 6));
  assert.equal((await client.answer(3)).grpcStatus, 0);
});

test('the window of the connection binds all streams together', async (t) => {
  const client = await (await startWire(t)).connect({ ...still, opening: opening(1_000_000) });
  const total = (): number => [1, 3, 5].reduce((sum, id) => sum + client.stream(id).receivedBytes, 0);
  for (const id of [1, 3, 5]) client.write(request(id, BYTES, h2.message('40000')));
  await client.until(() => total() === INITIAL, '65,535 bytes');
  await client.synced();
  assert.equal(total(), INITIAL);
  client.write(h2.windowUpdate(0, 1));
  await client.until(() => total() === INITIAL + 1, 'one more');
  await client.synced();
  assert.equal(total(), INITIAL + 1);
  client.write(h2.windowUpdate(0, 100_000));
  for (const id of [1, 3, 5]) assert.equal((await client.answer(id)).messages[0]?.bytes.length, 40_000);
});

test('6.9.2: SETTINGS change the windows of open streams, below zero too', async (t) => {
  const client = await (await startWire(t)).connect({ ...still, opening: opening(1000) });
  client.write(request(1, BYTES, h2.message('5000')));
  const record = client.stream(1);
  await client.until(() => record.receivedBytes === 1000, '1,000 bytes');
  client.write(h2.settings([h2.INITIAL_WINDOW_SIZE, 1500]));
  await client.until(() => record.receivedBytes === 1500, '1,500 bytes');
  // 1,500 are used: the window is now -1,400, and stays shut until it has been given as much.
  client.write(h2.settings([h2.INITIAL_WINDOW_SIZE, 100]), h2.windowUpdate(1, 1400));
  await client.synced();
  assert.equal(record.receivedBytes, 1500);
  client.write(h2.windowUpdate(1, 1));
  await client.until(() => record.receivedBytes === 1501, '1,501 bytes');
  // A new stream begins with the new size.
  client.write(request(3, BYTES, h2.message('5000')));
  await client.until(() => client.stream(3).receivedBytes === 100, '100 bytes');
  await client.synced();
  assert.deepEqual([record.receivedBytes, client.stream(3).receivedBytes], [1501, 100]);
  client.write(h2.settings([h2.INITIAL_WINDOW_SIZE, 100_000]));
  for (const id of [1, 3]) assert.equal((await client.answer(id)).messages[0]?.bytes.length, 5000);
});

test('6.9.2: SETTINGS do not change the window of the connection', async (t) => {
  const client = await (await startWire(t)).connect({ ...still, opening: opening(10) });
  client.write(h2.settings([h2.INITIAL_WINDOW_SIZE, 1_000_000]), request(1, BYTES, h2.message('100000')));
  await client.until(() => client.stream(1).receivedBytes === INITIAL, '65,535 bytes');
  await client.synced();
  assert.equal(client.stream(1).receivedBytes, INITIAL);
});

test('4.2: answers keep to 16,384 bytes a frame, or to what the client takes', async (t) => {
  const client = await (await startWire(t)).connect();
  assert.equal((await call(client, BYTES, '300000')).messages[0]?.bytes.length, 300_000);
  assert.ok(frameBytes(client) <= 16_384);
  client.write(h2.settings([h2.MAX_FRAME_SIZE, 20_000], [h2.INITIAL_WINDOW_SIZE, 1_000_000]));
  await client.synced();
  assert.equal((await call(client, BYTES, '300000')).messages[0]?.bytes.length, 300_000);
  assert.ok(frameBytes(client) <= 20_000);
});

test('a stream that is reset gives its share of the connection to the others', async (t) => {
  const client = await (await startWire(t)).connect({ ...still, opening: opening(60_000) });
  client.write(request(1, BYTES, h2.message('100000')));
  await client.until(() => client.stream(1).receivedBytes === 60_000, '60,000 bytes');
  client.write(h2.reset(1), request(3, BYTES, h2.message('5000')));
  assert.equal((await client.answer(3)).messages[0]?.bytes.length, 5000);
  await client.synced();
  assert.equal(client.stream(1).receivedBytes, 60_000);
});

test('a stream of messages waits for the window and loses none', async (t) => {
  const client = await (await startWire(t)).connect({ ...still, opening: opening(1) });
  client.write(request(1, STREAM, h2.message('20 x 100')));
  const record = client.stream(1);
  for (let given = 1; given < 20 * 105; given += 7) {
    await client.until(() => record.receivedBytes === given, `${given} bytes`);
    client.write(h2.windowUpdate(1, 7));
  }
  const { messages, grpcStatus } = await client.answer(1);
  assert.equal(grpcStatus, 0);
  assert.deepEqual(
    messages.map(({ bytes }) => bytes.toString()),
    Array.from({ length: 20 }, (_, index) => String(index % 10).repeat(100)),
  );
});

test("what a client may send is given back as it is read: many times the connection's window", async (t) => {
  const client = await (await startWire(t)).connect();
  const body = h2.message(Buffer.alloc(50_000, 'x'));
  for (let index = 0; index < 100; index++) {
    const stream = client.nextStream();
    client.write(request(stream, ECHO, body));
    assert.equal((await client.answer(stream)).messages[0]?.bytes.length, 50_000);
  }
});

test('6.9.1: padding counts, and is given back', async (t) => {
  const client = await (await startWire(t)).connect();
  await client.synced();
  const body = h2.message(Buffer.alloc(100_000, 'x'));
  // 2.5 MB of message, and as much again of padding.
  for (let index = 0; index < 25; index++) {
    const stream = client.nextStream();
    const frames = [headerFrames(stream, encodeBlock(requestFields(ECHO)))];
    for (let at = 0; at < body.length; at += 250) {
      const isLast = at + 250 >= body.length;
      const payload = h2.padded(body.subarray(at, at + 250), 255);
      frames.push(h2.data(stream, payload, h2.PADDED | (isLast ? h2.END_STREAM : 0)));
    }
    await upload(client, stream, frames);
    const { messages, grpcStatus } = await client.answer(stream);
    assert.equal(grpcStatus, 0);
    assert.ok(messages[0]?.bytes.equals(body.subarray(5)));
  }
});

test('DATA beyond the windows of the server is FLOW_CONTROL_ERROR', async (t) => {
  const client = await (await startWire(t)).connect();
  await client.synced();
  client.write(headerFrames(1, encodeBlock(requestFields(HANG))));
  const body = h2.message(Buffer.alloc(100), 0, 0x3f_ff_ff_ff);
  client.write(h2.data(1, body));
  // One write, so that nothing can be given back in between; a stream or a connection error (6.9.1).
  const excess = Math.min(givenBytes(client, 1), givenBytes(client, 0)) + 16_384;
  const frames = Array.from({ length: Math.ceil(excess / 16_384) + 1 }, () =>
    h2.data(1, Buffer.alloc(16_384)),
  );
  client.write(...frames);
  await client.until(() => client.ended || client.stream(1).done, 'an error');
  const { reset, grpcStatus } = await client.answer(1);
  assert.ok(
    client.goaway === h2.FLOW_CONTROL_ERROR || reset === h2.FLOW_CONTROL_ERROR || grpcStatus === 8,
    `GOAWAY ${client.goaway}, RST_STREAM ${reset}, status ${grpcStatus}`,
  );
});
