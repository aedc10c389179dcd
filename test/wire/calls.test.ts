/** The life of calls on one connection: how they interleave, are taken back, are too many, and go on after one side has ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import { call, headerFrames, request, requestFields } from './requests.ts';
import { ECHO, HANG, startWire } from './server.ts';
import { waitFor } from './wait-for.ts';

const head = (stream: number, path = ECHO): Buffer => headerFrames(stream, encodeBlock(requestFields(path)));

test('all HEADERS before all DATA, and DATA in the order of nobody', async (t) => {
  const client = await (await startWire(t)).connect();
  const streams = Array.from({ length: 200 }, () => client.nextStream());
  const bodies = streams.map((stream) => h2.data(stream, h2.message(`for ${stream}`), h2.END_STREAM));
  client.write(...streams.map((stream) => head(stream)), ...bodies.toReversed());
  for (const stream of streams)
    assert.equal(String((await client.answer(stream)).messages[0]?.bytes), `for ${stream}`);
});

test('messages in pieces that interleave', async (t) => {
  const client = await (await startWire(t)).connect();
  const streams = Array.from({ length: 50 }, () => client.nextStream());
  client.write(...streams.map((stream) => head(stream)));
  const bodies = new Map(streams.map((stream) => [stream, h2.message(`piece by piece for ${stream}`)]));
  for (let at = 0; at < 40; at += 3) {
    for (const [stream, body] of bodies) {
      if (at >= body.length) continue;
      client.write(h2.data(stream, body.subarray(at, at + 3), at + 3 >= body.length ? h2.END_STREAM : 0));
    }
  }
  for (const stream of streams)
    assert.equal(String((await client.answer(stream)).messages[0]?.bytes), `piece by piece for ${stream}`);
});

test('a conversation split into reads at every byte', async (t) => {
  const harness = await startWire(t);
  // Nothing of its own may come between the halves.
  const mute = { acknowledges: false, updatesWindows: false };
  const bytes = Buffer.concat([
    h2.PREFACE,
    h2.settings(),
    head(1),
    h2.data(1, h2.message('split'), h2.END_STREAM),
  ]);
  const clients = await Promise.all(
    Array.from({ length: bytes.length - 1 }, async (_, at) => {
      const client = await harness.connect({ ...mute, opening: bytes.subarray(0, at + 1) });
      // On the wire before the rest: what is split in one read proves nothing.
      await new Promise((resolve) => setTimeout(resolve, 30));
      client.write(bytes.subarray(at + 1));
      return client;
    }),
  );
  for (const client of clients) assert.equal(String((await client.answer(1)).messages[0]?.bytes), 'split');
  const slow = await harness.connect({ ...mute, opening: Buffer.alloc(0) });
  for (const byte of bytes) {
    slow.write(Buffer.from([byte]));
    await new Promise(setImmediate);
  }
  assert.equal((await slow.answer(1)).grpcStatus, 0);
});

test('RST_STREAM reaches the handler, and its answer goes nowhere', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  client.write(request(1, HANG, h2.message('x')), request(3, HANG, h2.message('y')));
  await waitFor(() => harness.hanging.length === 2);
  const [first, second] = harness.hanging;
  client.write(h2.reset(1));
  await client.synced();
  await waitFor(() => first!.signal.aborted);
  assert.deepEqual(
    [first!.signal.aborted, second!.cancelled(), second!.signal.aborted],
    [true, false, false],
  );
  harness.release();
  assert.equal((await client.answer(3)).grpcStatus, 0);
  client.nextStream();
  client.nextStream();
  assert.equal((await call(client, ECHO, 'next')).grpcStatus, 0);
  assert.equal(
    client.frames.filter(({ stream }) => stream === 1).length,
    0,
    'nothing on the stream that was reset',
  );
});

test('a connection that goes away takes its calls with it', async (t) => {
  const harness = await startWire(t);
  const [leaving, staying] = [await harness.connect(), await harness.connect()];
  for (const client of [leaving, staying]) client.write(request(1, HANG, h2.message('x')));
  await waitFor(() => harness.hanging.length === 2);
  leaving.close();
  await waitFor(() => harness.hanging.some(({ signal }) => signal.aborted));
  assert.equal(harness.hanging.filter(({ signal }) => signal.aborted).length, 1);
  harness.release();
  assert.equal((await staying.answer(1)).grpcStatus, 0);
});

test('MAX_CONCURRENT_STREAMS: one too many is refused as not begun, and taken when there is room', async (t) => {
  const harness = await startWire(t, { limits: { maxConcurrentStreams: 5 } });
  const client = await harness.connect();
  await client.synced();
  assert.equal(client.settings.get(h2.MAX_CONCURRENT_STREAMS), 5);
  const open = Array.from({ length: 5 }, () => client.nextStream());
  client.write(...open.map((stream) => request(stream, HANG, h2.message('x'))));
  await waitFor(() => harness.hanging.length === 5);
  const refused = client.nextStream();
  client.write(request(refused, ECHO, h2.message('x')));
  assert.equal((await client.answer(refused)).reset, h2.REFUSED_STREAM);
  client.write(h2.reset(open[0]!));
  assert.equal((await call(client, ECHO, 'x')).grpcStatus, 0);
  harness.release();
  for (const stream of open.slice(1)) assert.equal((await client.answer(stream)).grpcStatus, 0);
  assert.equal(harness.handled, 6);
});

test('numbers of streams may leave gaps, up to the last there is', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const stream of [1, 3, 1001, 0x7ffffffd, 0x7fffffff]) {
    client.write(request(stream, ECHO, h2.message('x')));
    assert.equal((await client.answer(stream)).grpcStatus, 0, `${stream}`);
  }
});

test('padding of every length on HEADERS and DATA, and PRIORITY fields, change nothing', async (t) => {
  const client = await (await startWire(t)).connect();
  const block = encodeBlock(requestFields(ECHO));
  const asked: number[] = [];
  for (let padding = 0; padding < 256; padding++) {
    const stream = client.nextStream();
    const priority = Buffer.concat([h2.uint32(padding % 2 ? 0x80000000 : 0), Buffer.from([padding])]);
    const payload = h2.padded(Buffer.concat([priority, block]), padding);
    client.write(
      h2.headers(stream, payload, h2.END_HEADERS | h2.PADDED | h2.PRIORITISED),
      h2.frame(h2.PRIORITY, 0, stream, Buffer.concat([h2.uint32(stream + 2), Buffer.from([255])])),
      h2.data(stream, h2.padded(h2.message('padded'), padding), h2.PADDED | h2.END_STREAM),
    );
    asked.push(stream);
  }
  for (const stream of asked)
    assert.equal(String((await client.answer(stream)).messages[0]?.bytes), 'padded');
});
