/** The fixed bounds of a connection (`bounds.ts`): what is just within them goes on, what is just beyond ends it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RpcMethod } from '../../src/rpc.ts';
import { type BareConnection, bareServer } from './bare-connection.ts';
import * as h2 from './frames.ts';
import { encodeBlock, literal } from './hpack.ts';
import { request, requestFields } from './requests.ts';
import { ECHO, HANG } from './server.ts';

const METHODS: readonly RpcMethod[] = [
  { path: ECHO, kind: 'unary', handler: (message) => message },
  { path: HANG, kind: 'unary', handler: () => new Promise<never>(() => {}) },
];
const ENHANCE_YOUR_CALM = 11;
const own = (index: number): number => 2 * index + 1;

/** The code of the GOAWAY that a connection ended with. */
const goaway = ({ frames }: BareConnection): number | undefined =>
  frames.find(({ type }) => type === h2.GOAWAY)?.payload.readUInt32BE(4);

const pings = (count: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => h2.ping(Buffer.alloc(8))));

test('frames that ask for nothing: 2,000 at once, 200 more a second, 10 more for an answer', () => {
  const server = bareServer(METHODS);
  const client = server.connect();
  client.send(pings(2000));
  server.nowMs += 1000;
  client.send(pings(200));
  client.send(request(1, ECHO, h2.message('x')), pings(10));
  assert.equal(goaway(client), undefined);
  client.send(pings(1));
  assert.equal(goaway(client), ENHANCE_YOUR_CALM);
});

test('an answer pays for one reset', () => {
  const client = bareServer(METHODS, { resetBurst: 10, resetsPerSecond: 0 }).connect();
  const reset = (index: number): void =>
    client.send(request(own(index), HANG, h2.message('x')), h2.reset(own(index)));
  for (let index = 0; index < 10; index++) reset(index);
  client.send(request(own(10), ECHO, h2.message('x')));
  reset(11);
  assert.equal(goaway(client), undefined);
  reset(12);
  assert.equal(goaway(client), ENHANCE_YOUR_CALM);
});

/** A request with as long a block, in so many frames. */
function block(bytes: number, frames: number): Buffer {
  const fields = encodeBlock(requestFields(ECHO));
  const rest = bytes - fields.length - literal('x', '').length;
  // The length of a long value takes two or three bytes more.
  let value = 'v'.repeat(rest);
  while (fields.length + literal('x', value).length > bytes) value = value.slice(1);
  const whole = Buffer.concat([fields, literal('x', value)]);
  assert.equal(whole.length, bytes);
  const size = Math.ceil(bytes / frames);
  const pieces = Array.from({ length: frames }, (_, index) =>
    whole.subarray(index * size, (index + 1) * size),
  );
  return Buffer.concat(
    pieces.map((piece, index) => {
      const last = index === frames - 1 ? h2.END_HEADERS : 0;
      return index === 0
        ? h2.headers(1, piece, last | h2.END_STREAM)
        : h2.frame(h2.CONTINUATION, last, 1, piece);
    }),
  );
}

test('a header block in 64 frames is read, one in 65 ends the connection', () => {
  const limits = { maxHeaderBytes: 8192 };
  const client = bareServer(METHODS, limits).connect();
  client.send(block(640, 64));
  assert.deepEqual(
    [goaway(client), client.frames.some(({ type }) => type === h2.HEADERS)],
    [undefined, true],
  );
  const other = bareServer(METHODS, limits).connect();
  other.send(block(650, 65));
  assert.equal(goaway(other), ENHANCE_YOUR_CALM);
});

test('a header block of twice the limit is answered, one that is longer ends the connection', () => {
  const limits = { maxHeaderBytes: 8192 };
  const client = bareServer(METHODS, limits).connect();
  client.send(block(16_384, 2));
  assert.deepEqual(
    [goaway(client), client.frames.some(({ type }) => type === h2.HEADERS)],
    [undefined, true],
  );
  const other = bareServer(METHODS, limits).connect();
  other.send(block(16_385, 2));
  assert.equal(goaway(other), ENHANCE_YOUR_CALM);
});

test('DATA on a stream that we have reset is no offence when it is as long as 64 bytes', () => {
  for (const [bytes, code] of [
    [64, undefined],
    [63, ENHANCE_YOUR_CALM],
  ] as const) {
    const client = bareServer(METHODS).connect();
    client.send(request(1, HANG, h2.message('x')), h2.windowUpdate(1, 0));
    for (let count = 0; count < 2100; count++) client.send(h2.data(1, Buffer.alloc(bytes)));
    assert.equal(goaway(client), code);
  }
});

test('twice as many streams that we have reset are remembered as may be open', () => {
  for (const [count, code] of [
    [4, undefined],
    [5, h2.STREAM_CLOSED],
  ] as const) {
    const client = bareServer(METHODS, { maxConcurrentStreams: 2 }).connect();
    for (let index = 0; index < count; index++)
      client.send(request(own(index), HANG, h2.message('x')), h2.windowUpdate(own(index), 0));
    client.send(h2.data(1, Buffer.alloc(100)));
    assert.equal(goaway(client), code);
  }
});

test('a connection opens with SETTINGS and a window of 8 MiB', () => {
  const client = bareServer(METHODS).connect();
  const [first, second] = client.frames;
  assert.deepEqual([first?.type, first?.flags], [h2.SETTINGS, 0]);
  assert.deepEqual(
    [second?.type, second?.stream, second?.payload.readUInt32BE(0)],
    [h2.WINDOW_UPDATE, 0, 8 * 1024 * 1024 - 65_535],
  );
});

test('the first frame of a client is SETTINGS, and no acknowledgement of ours', () => {
  const client = bareServer(METHODS).connect(Buffer.concat([h2.PREFACE, h2.settingsAck(), h2.settings()]));
  assert.equal(goaway(client), h2.PROTOCOL_ERROR);
});

test('SETTINGS are acknowledged before what they let go: until then a client need not take it', () => {
  const client = bareServer(METHODS).connect();
  client.send(h2.settings([h2.INITIAL_WINDOW_SIZE, 0]), request(1, ECHO, h2.message('x')));
  const before = client.frames.length;
  client.send(h2.settings([h2.INITIAL_WINDOW_SIZE, 100]));
  assert.deepEqual(
    client.frames.slice(before).map(({ type, flags }) => [type, flags]),
    [
      [h2.SETTINGS, h2.ACK],
      [h2.DATA, 0],
      [h2.HEADERS, h2.END_HEADERS | h2.END_STREAM],
    ],
  );
});

test('an answer sent in pieces of 64 bytes pays for the window updates that it takes, one in smaller pieces does not', () => {
  const large: RpcMethod = { path: ECHO, kind: 'unary', handler: () => Buffer.alloc(1_000_000) };
  for (const [bytes, code] of [
    [64, undefined],
    [63, ENHANCE_YOUR_CALM],
  ] as const) {
    const client = bareServer([large]).connect();
    client.send(h2.settings([h2.INITIAL_WINDOW_SIZE, 0]), h2.windowUpdate(0, 1_000_000));
    client.send(request(1, ECHO, h2.message('x')));
    for (let count = 0; count < 2100; count++) client.send(h2.windowUpdate(1, bytes));
    assert.equal(goaway(client), code);
  }
});

test('a table of headers that was smaller for a moment is emptied, and the client is told (RFC 7541, 4.2)', () => {
  const client = bareServer(METHODS).connect();
  client.send(request(1, ECHO, h2.message('x')));
  client.send(h2.settings([h2.HEADER_TABLE_SIZE, 0], [h2.HEADER_TABLE_SIZE, 4096]));
  client.send(request(3, ECHO, h2.message('x')));
  const first = client.frames.find(({ type, stream }) => type === h2.HEADERS && stream === 3);
  // Sizes of 0 and of 4096, before anything else.
  assert.equal(first?.payload.toString('hex', 0, 4), '203fe11f');
});
