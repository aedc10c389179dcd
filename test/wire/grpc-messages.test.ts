/** gRPC over HTTP/2 (PROTOCOL-HTTP2.md, compression.md), requests: their messages, compressed, too large, cut and in pieces. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import { call, headerFrames, request, requestFields } from './requests.ts';
import { BYTES, ECHO, startWire } from './server.ts';

const UNIMPLEMENTED = 12;
const INTERNAL = 13;
const RESOURCE_EXHAUSTED = 8;

const COMPRESSIONS: readonly (readonly [encoding: string | undefined, body: Buffer, status: number])[] = [
  [undefined, h2.message('text'), 0],
  ['identity', h2.message('text'), 0],
  ['gzip', h2.message(gzipSync('text'), 1), 0],
  ['deflate', h2.message(deflateSync('text'), 1), 0],
  // An encoding is offered; each message says whether it makes use of it.
  ['gzip', h2.message('text'), 0],
  // Two members, one after the other, are one text (RFC 1952, 2.2).
  ['gzip', h2.message(Buffer.concat([gzipSync('te'), gzipSync('xt')]), 1), 0],
  // compression.md: a message flagged where no encoding was named is INTERNAL.
  [undefined, h2.message(gzipSync('text'), 1), INTERNAL],
  ['identity', h2.message('text', 1), INTERNAL],
  ['gzip', h2.message('no gzip at all', 1), INTERNAL],
  ['gzip', h2.message(gzipSync('text').subarray(0, 15), 1), INTERNAL],
  ['deflate', h2.message(gzipSync('text'), 1), INTERNAL],
  ['gzip', h2.message('', 1), INTERNAL],
  // A flag that is neither 0 nor 1 is none.
  [undefined, h2.message('text', 2), INTERNAL],
  ['gzip', h2.message(gzipSync('text'), 255), INTERNAL],
];
test('Message-Encoding and the flag of each message', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const [index, [encoding, body, status]] of COMPRESSIONS.entries()) {
    const stream = client.nextStream();
    client.write(request(stream, ECHO, body, { 'grpc-encoding': encoding }));
    const { grpcStatus, messages } = await client.answer(stream);
    assert.equal(grpcStatus, status, `row ${index}`);
    if (status === 0) assert.equal(String(messages[0]?.bytes), 'text', `row ${index}`);
  }
});

test('Message-Encoding: an unknown one is UNIMPLEMENTED, and the answer says which are known', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const encoding of ['zstd', 'br', 'GZIP', 'gzip, deflate', 'snappy']) {
    const stream = client.nextStream();
    client.write(request(stream, ECHO, h2.message('x', 1), { 'grpc-encoding': encoding }));
    const { grpcStatus, headers } = await client.answer(stream);
    assert.equal(grpcStatus, UNIMPLEMENTED, encoding);
    const known = (headers['grpc-accept-encoding'] ?? '').split(/,\s*/);
    assert.ok(known.includes('gzip') && known.includes('identity'), `${headers['grpc-accept-encoding']}`);
  }
});

test('an answer is compressed only where the request says that it may be', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const accepted of [undefined, 'identity', 'gzip', 'identity,deflate,gzip', 'zstd']) {
    const { messages, headers } = await call(client, BYTES, '5000', { 'grpc-accept-encoding': accepted });
    const [answer] = messages;
    if (answer?.compressed === 1)
      assert.ok(accepted?.includes(headers['grpc-encoding'] ?? 'none'), `${accepted}`);
    else assert.equal(answer?.bytes.length, 5000);
  }
});

test('a message above the limit is RESOURCE_EXHAUSTED before its body has come', async (t) => {
  const client = await (await startWire(t, { limits: { maxMessageBytes: 1000 } })).connect();
  for (const announced of [1001, 0x7fffffff, 0xffffffff]) {
    const stream = client.nextStream();
    const body = h2.data(stream, h2.message('', 0, announced));
    client.write(headerFrames(stream, encodeBlock(requestFields(ECHO))), body);
    assert.equal((await client.answer(stream)).grpcStatus, RESOURCE_EXHAUSTED, `${announced}`);
  }
  assert.equal((await call(client, ECHO, 'x'.repeat(1000))).grpcStatus, 0);
  // Small, and too large when it is inflated.
  const stream = client.nextStream();
  client.write(
    request(stream, ECHO, h2.message(gzipSync(Buffer.alloc(100_000)), 1), { 'grpc-encoding': 'gzip' }),
  );
  assert.equal((await client.answer(stream)).grpcStatus, RESOURCE_EXHAUSTED);
  assert.equal((await call(client, ECHO, 'next')).grpcStatus, 0);
});

const SHAPES: readonly (readonly [what: string, body: Buffer])[] = [
  ['no message', Buffer.alloc(0)],
  ['two messages', Buffer.concat([h2.message('a'), h2.message('b')])],
  ['a message and a byte of the next', Buffer.concat([h2.message('a'), Buffer.from([0])])],
  ['a prefix that is cut', h2.message('a').subarray(0, 4)],
  ['a prefix and nothing', h2.message('', 0, 10)],
  ['a message that is cut', h2.message('abcdefgh').subarray(0, 9)],
];
test('a unary request is one message: fewer, more or half of one reach no handler', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  for (const [what, body] of SHAPES) {
    const stream = client.nextStream();
    client.write(request(stream, ECHO, body));
    const { grpcStatus } = await client.answer(stream);
    assert.ok(grpcStatus === UNIMPLEMENTED || grpcStatus === INTERNAL, `${what}: ${grpcStatus}`);
  }
  assert.equal(harness.handled, 0);
  assert.equal((await call(client, ECHO, '')).grpcStatus, 0);
});

test('DATA split at every byte, and by every single byte', async (t) => {
  const client = await (await startWire(t)).connect();
  const body = h2.message('a message of bytes');
  const head = (stream: number): Buffer => headerFrames(stream, encodeBlock(requestFields(ECHO)));
  const asked: number[] = [];
  for (let at = 0; at <= body.length; at++) {
    const stream = client.nextStream();
    client.write(
      head(stream),
      h2.data(stream, body.subarray(0, at)),
      h2.data(stream, body.subarray(at), h2.END_STREAM),
    );
    asked.push(stream);
  }
  const stream = client.nextStream();
  client.write(head(stream), ...Array.from(body, (byte) => h2.data(stream, Buffer.from([byte]))));
  client.write(h2.data(stream, Buffer.alloc(0), h2.END_STREAM));
  for (const id of [...asked, stream])
    assert.equal(String((await client.answer(id)).messages[0]?.bytes), 'a message of bytes');
});
