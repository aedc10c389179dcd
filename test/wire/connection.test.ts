/** The life of a connection: SETTINGS, PING, GOAWAY from either side, the drain in two steps, keepalive. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as h2 from './frames.ts';
import type { WireClient } from './raw-client.ts';
import { call, request } from './requests.ts';
import { BYTES, ECHO, HANG, startWire } from './server.ts';
import { waitFor } from './wait-for.ts';

const goaways = (client: WireClient): readonly (readonly [last: number, code: number])[] =>
  client.frames
    .filter(({ type }) => type === h2.GOAWAY)
    .map(({ payload }) => [payload.readUInt32BE(0), payload.readUInt32BE(4)]);
const isPing = (frame: h2.Frame): boolean => frame.type === h2.PING && (frame.flags & h2.ACK) === 0;

test('3.4: the server speaks first, with SETTINGS, whatever the client does', async (t) => {
  const client = await (await startWire(t)).connect({ opening: Buffer.alloc(0) });
  const { type, flags, stream } = await client.frame(() => true, 'the first frame');
  assert.deepEqual([type, flags, stream], [h2.SETTINGS, 0, 0]);
});

test('6.5.2: what the server says of itself is within the specification', async (t) => {
  const limits = { maxConcurrentStreams: 77, maxHeaderBytes: 12_345 };
  const client = await (await startWire(t, { limits })).connect();
  await client.synced();
  assert.equal(client.settings.get(h2.MAX_CONCURRENT_STREAMS), 77);
  assert.equal(client.settings.get(h2.MAX_HEADER_LIST_SIZE), 12_345);
  assert.ok((client.settings.get(h2.INITIAL_WINDOW_SIZE) ?? 65_535) <= 2 ** 31 - 1);
  const frameBytes = client.settings.get(h2.MAX_FRAME_SIZE) ?? 16_384;
  assert.ok(frameBytes >= 16_384 && frameBytes < 2 ** 24);
});

test('6.5.3: each SETTINGS is acknowledged, in order with what follows it', async (t) => {
  const client = await (await startWire(t)).connect();
  await client.synced();
  const bytes = Buffer.alloc(8, 'order');
  client.write(h2.settings(), h2.settings([h2.INITIAL_WINDOW_SIZE, 5]), h2.ping(bytes), h2.settings());
  await client.synced();
  const acknowledgements = client.frames.filter(
    ({ flags, type }) => flags === h2.ACK && type === h2.SETTINGS,
  );
  assert.equal(acknowledgements.length, 4, 'one for the first too');
});

test('6.7: PING comes back with the same bytes', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const text of ['\0\0\0\0\0\0\0\0', 'abcdefgh', '\xff\xff\xff\xff\xff\xff\xff\xff']) {
    const bytes = Buffer.from(text, 'latin1');
    client.write(h2.ping(bytes));
    await client.frame(
      ({ type, flags, payload }) => type === h2.PING && flags === h2.ACK && payload.equals(bytes),
      'it',
    );
  }
});

test('6.7: PING is answered while answers wait for windows and for handlers', async (t) => {
  const harness = await startWire(t);
  const opening = Buffer.concat([h2.PREFACE, h2.settings([h2.INITIAL_WINDOW_SIZE, 0])]);
  const client = await harness.connect({ opening, updatesWindows: false });
  client.write(request(1, BYTES, h2.message('1000000')), request(3, HANG, h2.message('x')));
  assert.ok(await client.synced());
  assert.deepEqual([client.stream(1).done, client.stream(3).done], [false, false]);
  client.write(h2.settings([h2.INITIAL_WINDOW_SIZE, 2_000_000]), h2.windowUpdate(0, 2_000_000));
  assert.equal((await client.answer(1)).messages[0]?.bytes.length, 1_000_000);
});

test('one client after the other is asked to come again, in the same two steps, and no call fails', async (t) => {
  const harness = await startWire(t);
  const { transport } = harness;
  const [first, second] = [await harness.connect(), await harness.connect()];
  await Promise.all([first.synced(), second.synced()]);
  assert.equal(transport.connections!(), 2);
  const stream = first.nextStream();
  first.write(request(stream, HANG, h2.message('in flight')));
  await waitFor(() => harness.hanging.length === 1);
  transport.retireOne!();
  assert.equal(transport.connections!(), 1);
  await waitFor(() => goaways(first).length === 2);
  assert.deepEqual(goaways(first), [
    [2 ** 31 - 1, h2.NO_ERROR],
    [stream, h2.NO_ERROR],
  ]);
  harness.release();
  assert.equal((await first.answer(stream)).grpcStatus, 0);
  assert.equal((await call(second, ECHO, 'x')).grpcStatus, 0);
  assert.deepEqual(goaways(second), []);
  transport.retireOne!();
  await waitFor(() => goaways(second).length === 2);
  transport.retireOne!();
  assert.equal(transport.connections!(), 0);
});

test('who has said nothing yet, and whose connection has failed, is no client that can be asked to come again', async (t) => {
  const harness = await startWire(t);
  const { transport } = harness;
  const silent = await harness.connect({ opening: Buffer.alloc(0), acknowledges: false });
  const failed = await harness.connect();
  // It does not close its side either.
  failed.socket.allowHalfOpen = true;
  failed.write(h2.data(0, Buffer.from('no stream')));
  await failed.until(() => goaways(failed).length > 0, 'GOAWAY');
  const client = await harness.connect();
  await Promise.all([client.synced(), silent.frame(() => true, 'the first frame')]);
  assert.equal(transport.connections!(), 1);
  transport.retireOne!();
  await waitFor(() => goaways(client).length > 0);
  assert.equal(transport.connections!(), 0);
  assert.deepEqual([goaways(silent).length, goaways(failed).length], [0, 1]);
  // Who says nothing more is as good as gone; this one comes.
  silent.write(h2.PREFACE, h2.settings());
  await silent.synced();
  assert.equal(transport.connections!(), 1);
});

test('the drain in two steps: GOAWAY 2^31-1, a PING, and the GOAWAY that counts', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect({ acknowledges: false });
  assert.equal((await call(client, ECHO, 'x')).grpcStatus, 0);
  client.write(request(client.nextStream(), HANG, h2.message('in flight')));
  await waitFor(() => harness.hanging.length === 1);
  const drained = harness.transport.drain(60_000);
  const { payload } = await client.frame(isPing, 'a PING');
  assert.deepEqual(goaways(client), [[2 ** 31 - 1, h2.NO_ERROR]]);
  // What was on its way when the first GOAWAY went out is taken.
  const late = client.nextStream();
  client.write(request(late, ECHO, h2.message('late')));
  assert.equal((await client.answer(late)).grpcStatus, 0);
  client.write(h2.ping(payload, h2.ACK));
  await client.until(() => goaways(client).length > 1, 'the second GOAWAY');
  assert.deepEqual(goaways(client).at(-1), [late, h2.NO_ERROR]);
  // What comes after it is neither answered nor an error.
  const after = client.nextStream();
  client.write(request(after, ECHO, h2.message('after')));
  harness.release();
  assert.equal((await client.answer(3)).grpcStatus, 0);
  await client.closed();
  assert.ok(!client.stream(after).ended);
  await drained;
});

test('a client that never answers the PING of a drain is let go all the same', async (t) => {
  const harness = await startWire(t, { limits: { keepaliveTimeoutMs: 200 } });
  const client = await harness.connect({ acknowledges: false });
  assert.equal((await call(client, ECHO, 'x')).grpcStatus, 0);
  const drained = harness.transport.drain(1000);
  await client.closed();
  await drained;
});

test('6.8: after GOAWAY by the client its calls are answered, and the connection ends with them', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  client.write(
    request(client.nextStream(), HANG, h2.message('x')),
    h2.frame(h2.GOAWAY, 0, 0, h2.uint32(0, 0)),
  );
  await waitFor(() => harness.hanging.length === 1);
  assert.ok(await client.synced());
  harness.release();
  assert.equal((await client.answer(1)).grpcStatus, 0);
});

test('keepalive: a client that answers pings stays, one that does not is cut', async (t) => {
  const harness = await startWire(t, { limits: { keepaliveIntervalMs: 50, keepaliveTimeoutMs: 100 } });
  const [good, mute] = [await harness.connect(), await harness.connect({ acknowledges: false })];
  for (const client of [good, mute]) client.write(request(1, HANG, h2.message('x')));
  await mute.frame(isPing, 'a PING');
  await mute.closed();
  assert.ok(!good.ended);
  await good.until(() => good.frames.filter(isPing).length >= 3, 'three pings');
  harness.release();
  assert.equal((await good.answer(1)).grpcStatus, 0);
});
