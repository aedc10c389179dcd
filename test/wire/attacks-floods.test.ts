/** Floods of frames that cost the client nothing: each ends its own connection, holds nothing and stops nobody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attacked, flood, repeated } from './attacked.ts';
import * as h2 from './frames.ts';
import { encodeBlock } from './hpack.ts';
import type { WireClient } from './raw-client.ts';
import { headerFrames, request, requestFields } from './requests.ts';
import { ECHO, HANG } from './server.ts';

const MIB = 1024 * 1024;
const BLOCK = encodeBlock(requestFields(HANG));
const OPEN = headerFrames(1, BLOCK);
const NONE = Buffer.alloc(0);
/** Streams in their order, as many as a flood needs. */
const numbered =
  (piece: (stream: number) => Uint8Array, each = 20) =>
  (index: number): Buffer =>
    Buffer.concat(Array.from({ length: each }, (_, n) => piece(2 * (index * each + n) + 1)));
const same = (piece: Uint8Array, count: number): ((index: number) => Buffer) => {
  const chunk = repeated(piece, count);
  return () => chunk;
};
const whole = (stream: number): Buffer => request(stream, HANG, h2.message('x'));
const selfDependent = (stream: number): Buffer => Buffer.concat([h2.uint32(stream), Buffer.from([1])]);

interface Flood {
  readonly what: string;
  readonly first?: Buffer;
  readonly chunk: (index: number) => Uint8Array;
  readonly times?: number;
}

/** Each ends with GOAWAY. */
// biome-ignore format: a table, one row a line
const FLOODS: readonly Flood[] = [
  { what: 'rapid reset (CVE-2023-44487)', chunk: numbered((id) => Buffer.concat([whole(id), h2.reset(id)])) },
  { what: 'requests reset before their message', chunk: numbered((id) => Buffer.concat([headerFrames(id, BLOCK), h2.reset(id)])) },
  { what: 'provoked resets (CVE-2025-8671): increments of 0', chunk: numbered((id) => Buffer.concat([whole(id), h2.windowUpdate(id, 0)])) },
  { what: 'provoked resets: increments beyond 2^31', chunk: numbered((id) => Buffer.concat([whole(id), h2.windowUpdate(id, 2 ** 31 - 1)])) },
  { what: 'provoked resets: DATA after END_STREAM', chunk: numbered((id) => Buffer.concat([whole(id), h2.data(id, Buffer.from('x'))])) },
  { what: 'provoked resets: HEADERS after END_STREAM', chunk: numbered((id) => Buffer.concat([whole(id), headerFrames(id, BLOCK)])) },
  { what: 'provoked resets: PRIORITY of four bytes', chunk: numbered((id) => Buffer.concat([whole(id), h2.frame(h2.PRIORITY, 0, id, h2.uint32(0))])) },
  { what: 'provoked resets: streams that depend on themselves', chunk: numbered((id) => Buffer.concat([whole(id), h2.frame(h2.PRIORITY, 0, id, selfDependent(id))])) },
  { what: 'provoked resets: malformed requests', chunk: numbered((id) => headerFrames(id, encodeBlock([...requestFields(HANG), ['X-Upper', '']]))) },
  { what: 'provoked resets: content-length that is not kept', chunk: numbered((id) => request(id, HANG, h2.message('x'), { 'content-length': '7' })) },
  { what: 'more streams than there may be', chunk: numbered(whole, 100), times: 20_000 },
  { what: 'SETTINGS', chunk: same(h2.settings([h2.INITIAL_WINDOW_SIZE, 1]), 500) },
  { what: 'empty SETTINGS', chunk: same(h2.settings(), 500) },
  { what: 'SETTINGS with 2,700 parameters each', chunk: same(h2.settings(...Array.from({ length: 2700 }, (_, n) => [1, n % 4096] as const)), 4) },
  { what: 'acknowledgements of SETTINGS', chunk: same(h2.settingsAck(), 500) },
  { what: 'PING', chunk: same(h2.ping(Buffer.alloc(8)), 500) },
  { what: 'answers to PING', chunk: same(h2.ping(Buffer.alloc(8), h2.ACK), 500) },
  { what: 'empty DATA', first: OPEN, chunk: same(h2.data(1, NONE), 500) },
  { what: 'DATA of padding alone', first: OPEN, chunk: same(h2.data(1, h2.padded(NONE, 255), h2.PADDED), 50) },
  { what: 'PRIORITY', chunk: same(h2.frame(h2.PRIORITY, 0, 1, Buffer.from([0, 0, 0, 3, 1])), 500) },
  { what: 'PRIORITY for ever new streams', chunk: numbered((id) => h2.frame(h2.PRIORITY, 0, id, Buffer.alloc(5)), 500) },
  { what: 'frames of unknown types', chunk: same(h2.frame(0x42, 0, 0, NONE), 500) },
  { what: 'large frames of unknown types', chunk: same(h2.frame(0x42, 0, 0, Buffer.alloc(16_384)), 4) },
  { what: 'WINDOW_UPDATE for the connection', chunk: same(h2.windowUpdate(0, 1), 500) },
  { what: 'WINDOW_UPDATE for a stream', first: OPEN, chunk: same(h2.windowUpdate(1, 1), 500) },
  { what: 'RST_STREAM for one stream', first: Buffer.concat([OPEN, h2.reset(1)]), chunk: same(h2.reset(1), 500) },
  { what: 'DATA for a stream that was reset', first: Buffer.concat([OPEN, h2.reset(1)]), chunk: same(h2.data(1, NONE), 500) },
  { what: 'trailers again and again', first: OPEN, chunk: same(headerFrames(1, NONE, h2.END_STREAM), 500) },
  { what: 'GOAWAY', chunk: same(h2.frame(h2.GOAWAY, 0, 0, h2.uint32(0, 0)), 500) },
];

test('floods end the connection that they come over', async (t) => {
  const limits = { resetBurst: 500, resetsPerSecond: 100, maxConcurrentStreams: 500 };
  const attacked = await Attacked.start(t, limits);
  for (const { what, first, chunk, times = 4000 } of FLOODS) {
    await t.test(what, async () => {
      let client: WireClient | undefined;
      await attacked.withstands(what, 4 * MIB, async () => {
        client = await attacked.connect();
        if (first !== undefined) client.write(first);
        const { sentBytes } = await flood(client, chunk, times);
        await client.until(() => client!.ended, `the end of the connection after ${sentBytes} bytes`);
      });
      assert.ok(client?.ended);
    });
  }
});

test('floods whose answers nobody reads hold no more than the bound', async (t) => {
  const attacked = await Attacked.start(t);
  const block = headerFrames(1, encodeBlock(requestFields(ECHO)));
  const rows: readonly Flood[] = [
    { what: 'PING', chunk: same(h2.ping(Buffer.alloc(8)), 500), times: 4000 },
    { what: 'SETTINGS', chunk: same(h2.settings(), 500), times: 4000 },
    {
      what: 'requests',
      chunk: numbered((id) => request(id, ECHO, h2.message('x'.repeat(1000)))),
      times: 4000,
    },
    {
      what: 'malformed requests',
      chunk: numbered((id) => headerFrames(id, encodeBlock([['x', '']]))),
      times: 4000,
    },
    {
      what: 'WINDOW_UPDATE of 0 on streams',
      first: block,
      chunk: numbered((id) => Buffer.concat([whole(id), h2.windowUpdate(id, 0)])),
      times: 4000,
    },
  ];
  for (const { what, chunk, times = 1000 } of rows) {
    await attacked.withstands(what, 8 * MIB, async () => {
      const client = await attacked.connect();
      client.socket.pause();
      await flood(client, chunk, times);
    });
  }
});
