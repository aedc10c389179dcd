/** gRPC over HTTP/2 (PROTOCOL-HTTP2.md), answers: their headers, their messages, how they end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as h2 from './frames.ts';
import { call, request } from './requests.ts';
import { BYTES, ECHO, FAIL, STREAM, startWire } from './server.ts';

test('Response-Headers, Length-Prefixed-Message, Trailers', async (t) => {
  const client = await (await startWire(t)).connect();
  const { http, headers, trailers, messages, ended } = await call(client, ECHO, 'text');
  assert.equal(http, '200');
  assert.match(headers['content-type']!, /^application\/grpc(\+proto)?$/);
  assert.equal(headers['grpc-status'], undefined, 'no status in the headers of an answer with trailers');
  assert.equal(trailers['grpc-status'], '0');
  assert.equal(trailers[':status'], undefined);
  assert.deepEqual(messages, [{ compressed: 0, bytes: Buffer.from('text') }]);
  assert.ok(ended);
  const types = client.frames
    .filter(({ stream }) => stream === 1)
    .map(({ type, flags }) => [type, flags & h2.END_STREAM]);
  assert.deepEqual(types, [
    [h2.HEADERS, 0],
    [h2.DATA, 0],
    [h2.HEADERS, h2.END_STREAM],
  ]);
});

test('Trailers-Only: one block with both statuses, which ends the stream', async (t) => {
  const client = await (await startWire(t)).connect();
  const { http, headers, body, ended } = await call(client, FAIL, 'why');
  assert.deepEqual(
    [http, headers['grpc-status'], headers['grpc-message'], body.length, ended],
    ['200', '3', 'why', 0, true],
  );
  assert.match(headers['content-type']!, /^application\/grpc/);
  const frames = client.frames.filter(({ stream }) => stream === 1);
  assert.deepEqual(
    frames.map(({ type, flags }) => [type, flags]),
    [[h2.HEADERS, h2.END_HEADERS | h2.END_STREAM]],
  );
});

const TEXTS: readonly string[] = [
  'plain',
  'with spaces and "quotes"',
  '100 %',
  '%41 is no A',
  'é ü € 𝄞',
  'line\nbreak\r\n\ttab\0nul\x7f',
  '~!@#$^&*()_+{}|:<>?`-=[];,./\\',
  ' spaces around ',
  '日本語',
  '\ud800 half a pair',
];
test('Status-Message: percent-encoded UTF-8 in printable ASCII', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const text of TEXTS) {
    const { headers } = await call(client, FAIL, text);
    const encoded = headers['grpc-message'] ?? '';
    assert.match(encoded, /^(?:[\x20-\x24\x26-\x7e]|%[0-9A-F]{2})*$/, JSON.stringify(text));
    assert.doesNotMatch(encoded, /^\s|\s$/, 'nothing that a field value must not begin or end with');
    assert.equal(decodeURIComponent(encoded), Buffer.from(text).toString(), encoded);
  }
});

/** As RFC 9113, 6.5.2 counts them. */
const listBytes = (fields: Readonly<Record<string, string>>): number =>
  Object.entries(fields).reduce((bytes, [name, value]) => bytes + name.length + value.length + 32, 0);

const LONG_TEXTS: readonly string[] = [
  'a'.repeat(10_000),
  '€'.repeat(10_000),
  '\n'.repeat(10_000),
  '𝄞'.repeat(9000),
];

test('Status-Message: the longest fits into the 8 KiB that clients take', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const text of LONG_TEXTS) {
    const { headers, grpcStatus } = await call(client, FAIL, text);
    assert.equal(grpcStatus, 3);
    assert.ok(listBytes(headers) <= 8192, `${listBytes(headers)} bytes`);
    const told = decodeURIComponent(headers['grpc-message'] ?? '');
    assert.ok(text.startsWith(told) && told.length > 600, told);
  }
});

test('Status-Message: cut to what the client says that it takes, and the status is told even to who takes nothing', async (t) => {
  const harness = await startWire(t);
  for (const [most, least] of [
    [1000, 50],
    [300, 1],
    [10, 0],
    [0, 0],
  ] as const) {
    const opening = Buffer.concat([h2.PREFACE, h2.settings([h2.MAX_HEADER_LIST_SIZE, most])]);
    const client = await harness.connect({ opening });
    for (const text of [...LONG_TEXTS, 'short']) {
      const { headers, grpcStatus } = await call(client, FAIL, text);
      assert.equal(grpcStatus, 3);
      const told = decodeURIComponent(headers['grpc-message'] ?? '');
      assert.ok(text.startsWith(told) && told.length >= Math.min(least, 5), told);
      assert.ok(listBytes(headers) <= Math.max(most, 180), `${listBytes(headers)} bytes of ${most}`);
    }
    const { grpcStatus, messages } = await call(client, ECHO, 'answered all the same');
    assert.deepEqual([grpcStatus, messages.length], [0, 1]);
  }
});

test('a server stream: one DATA frame or more for each message, trailers after the last', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const [count, bytes] of [
    [0, 0],
    [1, 0],
    [3, 10],
    [300, 1],
    [5, 50_000],
  ] as const) {
    const { grpcStatus, messages, http } = await call(client, STREAM, `${count} x ${bytes}`);
    assert.deepEqual([http, grpcStatus, messages.length], ['200', 0, count]);
    for (const [index, message] of messages.entries())
      assert.equal(message.bytes.toString(), String(index % 10).repeat(bytes));
  }
});

test('answers from nothing to 4 MiB', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const bytes of [0, 1, 16_378, 16_379, 16_380, 65_530, 65_531, 1_000_003, 4 * 1024 * 1024]) {
    const { messages, grpcStatus } = await call(client, BYTES, String(bytes));
    assert.equal(grpcStatus, 0);
    assert.equal(messages[0]?.bytes.length, bytes);
    assert.ok(messages[0].bytes.equals(Buffer.alloc(bytes, 'abcdefg')));
  }
});

test('a thousand answers at once, in whatever order, each on its own stream', async (t) => {
  const client = await (await startWire(t)).connect();
  const asked = Array.from({ length: 1000 }, (_, index) => [client.nextStream(), `nonce ${index}`] as const);
  client.write(...asked.map(([stream, nonce]) => request(stream, ECHO, h2.message(nonce))));
  for (const [stream, nonce] of asked) {
    const { messages, grpcStatus } = await client.answer(stream);
    assert.deepEqual([grpcStatus, String(messages[0]?.bytes)], [0, nonce]);
  }
});

test('headers of answers are the same for all, and known answers are encoded small', async (t) => {
  const client = await (await startWire(t)).connect();
  for (let index = 0; index < 50; index++) await call(client, ECHO, 'x');
  const blocks = client.frames.filter(({ type, stream }) => type === h2.HEADERS && stream > 60);
  const mean = blocks.reduce((sum, { payload }) => sum + payload.length, 0) / blocks.length;
  assert.ok(mean < 80, `${mean} bytes a block`);
});
