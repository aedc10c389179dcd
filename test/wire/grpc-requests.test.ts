/** gRPC over HTTP/2 (PROTOCOL-HTTP2.md), requests: what each field may say, and what a server answers to it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import { call, headerFrames, requestFields } from './requests.ts';
import { ECHO, HANG, HEADER, startWire } from './server.ts';

const UNIMPLEMENTED = 12;
const DEADLINE_EXCEEDED = 4;
type Changes = Readonly<Record<string, string | undefined>>;

test('Content-Type: "application/grpc" [("+proto" / "+json" / {custom})]', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const type of [
    'application/grpc',
    'application/grpc+proto',
    'application/grpc;charset=utf-8',
    'application/grpc+proto; x=y',
  ]) {
    const { grpcStatus, headers } = await call(client, ECHO, 'x', { 'content-type': type });
    assert.equal(grpcStatus, 0, type);
    assert.match(headers['content-type']!, /^application\/grpc/);
  }
});

test('other content types: 415, and no handler', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  for (const type of [
    'application/json',
    'text/plain',
    'application/grpcx',
    'application/grp',
    'application/x-grpc',
    'application/grpc-web+proto',
    '',
    undefined,
  ]) {
    const { http, grpcStatus } = await call(client, ECHO, 'x', { 'content-type': type });
    assert.equal(http, '415', `${type}`);
    assert.notEqual(grpcStatus, 0);
  }
  assert.equal(harness.handled, 0);
});

test('Method: POST, and 405 for others', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  for (const method of ['GET', 'PUT', 'DELETE', 'post', 'OPTIONS', 'HEAD', 'PATCH']) {
    const { http } = await call(client, ECHO, 'x', { ':method': method });
    assert.equal(http, '405', method);
  }
  assert.equal(harness.handled, 0);
});

test('TE: trailers, and clients that leave it out are answered all the same', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const te of ['trailers', undefined])
    assert.equal((await call(client, ECHO, 'x', { te })).grpcStatus, 0);
});

test('Path: a method that nobody knows is UNIMPLEMENTED, as Trailers-Only with 200', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  for (const path of [
    '/wire.Test/Nothing',
    '/other.Service/Echo',
    '/',
    '//',
    `${ECHO}/`,
    `/${ECHO}`,
    `${ECHO}?x=y`,
    '/wire.Test',
    '/__proto__',
    '/constructor',
    ECHO.toLowerCase(),
  ]) {
    const { http, grpcStatus, grpcMessage, trailers, body } = await call(client, path, 'x');
    assert.deepEqual([http, grpcStatus, trailers, body.length], ['200', UNIMPLEMENTED, {}, 0], path);
    assert.ok(grpcMessage !== undefined && grpcMessage !== '');
  }
  assert.equal(harness.handled, 0);
});

test('Timeout: 1 to 8 digits and a unit; the deadline passes', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const timeout of ['1n', '99999999n', '1u', '20000u', '1m', '20m', '00000020m']) {
    const { grpcStatus } = await call(client, HANG, 'x', { 'grpc-timeout': timeout });
    assert.equal(grpcStatus, DEADLINE_EXCEEDED, timeout);
  }
});

test('Timeout: hours, minutes and seconds do not pass at once', async (t) => {
  const client = await (await startWire(t)).connect();
  for (const timeout of ['1H', '1M', '60S', '99999999H', '99999999M', '99999999S', '99999999m', '99999999u'])
    assert.equal((await call(client, ECHO, 'x', { 'grpc-timeout': timeout })).grpcStatus, 0, timeout);
});

test('Timeout: what is no timeout is refused, and never a call without a deadline', async (t) => {
  const harness = await startWire(t);
  const client = await harness.connect();
  for (const timeout of [
    '123456789m',
    '',
    'm',
    '1',
    '-1m',
    '+1m',
    '1.5S',
    '1 S',
    ' 1S',
    '1s',
    '1h',
    '1x',
    '0x1S',
    '1e3S',
    'NaNS',
    '1mm',
    '\xb2m',
  ]) {
    const { grpcStatus, http, reset } = await call(client, ECHO, 'x', { 'grpc-timeout': timeout });
    assert.ok(
      reset !== undefined || (grpcStatus !== 0 && grpcStatus !== undefined) || http === '400',
      `"${timeout}": ${grpcStatus}`,
    );
  }
  assert.equal(harness.handled, 0);
});

test('metadata: lists, binary values, and what begins with grpc- and is unknown', async (t) => {
  const client = await (await startWire(t)).connect();
  const rows: readonly (readonly [name: string, changes: Changes, seen: string])[] = [
    ['x-plain', { 'x-plain': 'value' }, 'value'],
    ['x-empty', { 'x-empty': '' }, ''],
    ['x-data-bin', { 'x-data-bin': 'AAEC/+8=' }, 'AAEC/+8='],
    ['x-data-bin', { 'x-data-bin': 'AAEC/+8' }, 'AAEC/+8'],
    ['grpc-unknown', { 'grpc-unknown': 'x' }, 'x'],
    ['user-agent', { 'user-agent': 'grpc-test/1.0' }, 'grpc-test/1.0'],
    ['x-none', {}, '-'],
  ];
  for (const [name, changes, seen] of rows) {
    const { messages } = await call(client, HEADER, name, changes);
    assert.equal(String(messages[0]?.bytes), seen, name);
  }
  const stream = client.nextStream();
  const fields = [...requestFields(HEADER), ['x-list', 'a'], ['x-other', 'b'], ['x-list', 'c']] as const;
  client.write(
    headerFrames(stream, encodeBlock(fields)),
    h2.data(stream, h2.message('x-list'), h2.END_STREAM),
  );
  assert.equal(String((await client.answer(stream)).messages[0]?.bytes), 'a, c');
});
