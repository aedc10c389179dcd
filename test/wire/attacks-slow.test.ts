/** Attacks by patience: connections and requests that begin and do not go on, and those who come in thousands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Attacked, flood } from './attacked.ts';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import type { WireClient } from './raw-client.ts';
import { call, headerFrames, request, requestFields } from './requests.ts';
import { ECHO, HANG, startWire } from './server.ts';

const MIB = 1024 * 1024;
const BLOCK = encodeBlock(requestFields(ECHO));
const NONE = Buffer.alloc(0);
const own = (index: number): number => 2 * index + 1;

/** How a connection may begin and stay. */
// biome-ignore format: a table, one row a line
const HALVES: readonly (readonly [what: string, opening: Buffer])[] = [
  ['nothing at all', NONE],
  ['half a preface', h2.PREFACE.subarray(0, 10)],
  ['a preface without SETTINGS', h2.PREFACE],
  ['half of a frame header', Buffer.concat([h2.PREFACE, h2.settings(), Buffer.from([0, 0])])],
  ['the header of a frame of 16 KB', Buffer.concat([h2.PREFACE, h2.settings(), h2.headers(1, Buffer.alloc(16_384)).subarray(0, 9)])],
  ['half of a block', Buffer.concat([h2.PREFACE, h2.settings(), h2.headers(1, BLOCK, 0)])],
  ['half of a message', Buffer.concat([h2.PREFACE, h2.settings(), h2.headers(1, BLOCK), h2.data(1, h2.message('x', 0, 1000))])],
];

test('two thousand connections that stop half-way are held for little, and others are answered', async (t) => {
  const attacked = await Attacked.start(t);
  // What one costs: its socket, its output, the half of what it sent; a frame that is announced costs its length.
  await attacked.withstands('2,100 connections', 64 * MIB, async () => {
    for (const [, opening] of HALVES) {
      await Promise.all(
        Array.from({ length: 300 }, () => attacked.connect({ opening, acknowledges: false })),
      );
    }
  });
});

test('connections that stop half-way, and answer no pings, are cut', async (t) => {
  const limits = { requestTimeoutMs: 100, keepaliveIntervalMs: 100, keepaliveTimeoutMs: 100 };
  const harness = await startWire(t, { limits });
  const good = await harness.connect();
  for (const [what, opening] of HALVES) {
    const client = await harness.connect({ opening, acknowledges: false });
    await t.test(what, async () => {
      await client.closed();
    });
    // The request that had begun was told why.
    if (what === 'half of a message') assert.equal(client.stream(1).answer().grpcStatus, 4);
  }
  assert.equal((await call(good, ECHO, 'x')).grpcStatus, 0);
});

test('connections that do not begin are cut after ten seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const harness = await startWire(t);
  const good = await harness.connect();
  const silent: WireClient[] = [];
  for (const [, opening] of HALVES.slice(0, 3))
    silent.push(await harness.connect({ opening, acknowledges: false }));
  for (const client of [good, ...silent]) await client.frame(({ type }) => type === h2.SETTINGS, 'SETTINGS');
  assert.ok(await good.synced());
  t.mock.timers.tick(9_900);
  assert.ok(await good.synced());
  assert.deepEqual(
    silent.map(({ ended }) => ended),
    [false, false, false],
  );
  t.mock.timers.tick(200);
  for (const client of silent) await client.closed();
  assert.equal((await call(good, ECHO, 'x')).grpcStatus, 0);
  t.mock.timers.reset();
});

test('a request byte by byte, in DATA frames of one byte, on a thousand streams', async (t) => {
  const attacked = await Attacked.start(t, { maxPendingBytesPerConnection: 4 * MIB });
  await attacked.withstands('bytes', 12 * MIB, async () => {
    const client = await attacked.connect();
    await flood(client, (index) => headerFrames(own(index), BLOCK), 1000);
    const piece = (index: number): Buffer =>
      h2.data(own(index % 1000), Buffer.from([index < 1000 ? 0 : 0xff]));
    await flood(
      client,
      (index) => Buffer.concat(Array.from({ length: 1000 }, (_, n) => piece(index * 1000 + n))),
      100,
    );
  });
});

test('messages that are announced large, and inflate to more', async (t) => {
  const attacked = await Attacked.start(t, {
    maxPendingBytesPerConnection: 8 * MIB,
    maxPendingBytes: 16 * MIB,
  });
  const bomb = gzipSync(Buffer.alloc(100 * MIB));
  const rows: readonly (readonly [what: string, chunk: (index: number) => Buffer])[] = [
    [
      'announced',
      (index) =>
        Buffer.concat([headerFrames(own(index), BLOCK), h2.data(own(index), h2.message('', 0, 4 * MIB))]),
    ],
    ['bombs', (index) => request(own(index), ECHO, h2.message(bomb, 1), { 'grpc-encoding': 'gzip' })],
    [
      'bombs without an end',
      (index) =>
        Buffer.concat([
          headerFrames(own(index), encodeBlock(requestFields(ECHO, { 'grpc-encoding': 'gzip' }))),
          h2.data(own(index), h2.message(bomb.subarray(0, 16_000), 1, bomb.length)),
        ]),
    ],
  ];
  for (const [what, chunk] of rows) {
    await attacked.withstands(what, 20 * MIB, async () => {
      const client = await attacked.connect();
      await flood(client, chunk, what === 'bombs' ? 20 : 1000);
      if (!client.ended) await client.synced();
    });
  }
});

test('streams that are used up: after the last number there is none', async (t) => {
  const client = await (await startWire(t)).connect();
  client.write(request(0x7fffffff, ECHO, h2.message('last')));
  assert.equal((await client.answer(0x7fffffff)).grpcStatus, 0);
  client.write(request(1, ECHO, h2.message('x')));
  assert.equal(await client.closed(), h2.PROTOCOL_ERROR);
});

test('connections come and go in thousands, with calls in every state, and leave nothing', async (t) => {
  const attacked = await Attacked.start(t);
  await attacked.withstands('comings and goings', 4 * MIB, async () => {
    for (let index = 0; index < 1500; index++) {
      const [, opening] = HALVES[index % HALVES.length]!;
      const client = await attacked.connect(index % 3 === 0 ? { opening } : {});
      if (index % 3 > 0) client.write(request(1, index % 2 ? HANG : ECHO, h2.message('x'.repeat(5000))));
      if (index % 4 === 0) client.socket.resetAndDestroy();
      else client.close();
    }
  });
});
