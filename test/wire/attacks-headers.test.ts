/** Attacks by header blocks: endless ones, ones that inflate, ones that are too large. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attacked, flood, repeated } from './attacked.ts';
import * as h2 from './frames.ts';
import { encodeBlock, indexed, literal, tableSize } from './hpack.ts';
import type { WireClient } from './raw-client.ts';
import { headerFrames, requestFields } from './requests.ts';
import { ECHO } from './server.ts';

const MIB = 1024 * 1024;
const BLOCK = encodeBlock(requestFields(ECHO));
const START = h2.headers(1, BLOCK, 0);
const more = (payload: Uint8Array): Buffer => h2.frame(h2.CONTINUATION, 0, 1, payload);
const LARGE = literal('x-large', 'v'.repeat(3900), 'incremental');
/** The newest entry of the table, so many times over: a byte each. */
const references = (count: number): Buffer => repeated(indexed(62), count);
const own = (index: number): number => 2 * index + 1;

interface Row {
  readonly what: string;
  readonly first?: Buffer;
  readonly chunk: (index: number) => Uint8Array;
  readonly times: number;
}

// biome-ignore format: a table, one row a line
const ENDLESS: readonly Row[] = [
  { what: 'CONTINUATION without an end (CVE-2024-27316 and others)', first: START, chunk: () => more(literal('x', 'y'.repeat(16_000))), times: 5000 },
  { what: 'CONTINUATION of one byte', first: START, chunk: () => repeated(more(Buffer.from([0x00])), 1000), times: 500 },
  { what: 'CONTINUATION of nothing', first: START, chunk: () => repeated(more(Buffer.alloc(0)), 1000), times: 500 },
  { what: 'CONTINUATION of one string that never ends', first: h2.headers(1, Buffer.concat([BLOCK, Buffer.from([0, 1, 0x78, 0x7f, 0xff, 0xff, 0xff, 0x7f])]), 0), chunk: () => more(Buffer.alloc(16_000, 'y')), times: 5000 },
  { what: 'CONTINUATION after the stream was reset', first: Buffer.concat([h2.headers(1, BLOCK), h2.reset(1), h2.headers(1, BLOCK, 0)]), chunk: () => more(Buffer.alloc(16_000)), times: 5000 },
  { what: 'size updates of the table', chunk: (index) => h2.headers(own(index), repeated(tableSize(100), 8000)), times: 2000 },
];

test('blocks without an end, end the connection', async (t) => {
  const attacked = await Attacked.start(t);
  for (const { what, first, chunk, times } of ENDLESS) {
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

/** Whether these end the connection or only their streams: nothing is handled, and nothing is held. */
// biome-ignore format: a table, one row a line
const LARGE_LISTS: readonly Row[] = [
  { what: 'one byte for a field of 4 KB, 16,000 times in each request', chunk: (index) => headerFrames(own(index), Buffer.concat([index === 0 ? LARGE : Buffer.alloc(0), BLOCK, references(16_000)])), times: 200 },
  { what: 'the same in pieces', chunk: (index) => headerFrames(own(index), Buffer.concat([index === 0 ? LARGE : Buffer.alloc(0), BLOCK, references(8000)]), 0, 1000), times: 200 },
  { what: 'lists of 60 KB', chunk: (index) => headerFrames(own(index), Buffer.concat([BLOCK, literal('x-large', 'y'.repeat(60_000))])), times: 1000 },
  { what: 'thousands of small fields', chunk: (index) => headerFrames(own(index), Buffer.concat([BLOCK, repeated(literal('a', ''), 5000)])), times: 1000 },
  { what: 'crumbs of cookies', chunk: (index) => headerFrames(own(index), Buffer.concat([BLOCK, repeated(literal(32, 'a=b'), 3000)])), times: 1000 },
  { what: 'Huffman codes that grow', chunk: (index) => headerFrames(own(index), Buffer.concat([BLOCK, literal('x', '0'.repeat(24_000), 'without', true)])), times: 1000 },
  { what: 'large trailers', chunk: (index) => Buffer.concat([headerFrames(own(index), BLOCK), headerFrames(own(index), literal('x', 'y'.repeat(60_000)), h2.END_STREAM)]), times: 1000 },
];

test('lists beyond the limit reach no handler and are not kept', async (t) => {
  const attacked = await Attacked.start(t, { maxConcurrentStreams: 100 });
  for (const { what, chunk, times } of LARGE_LISTS) {
    await t.test(what, async () => {
      await attacked.withstands(what, 4 * MIB, async () => {
        const client = await attacked.connect();
        await flood(client, chunk, times);
        if (!client.ended) await client.synced();
        const statuses = client.frames.filter(({ type }) => type === h2.HEADERS);
        assert.ok(
          client.ended || statuses.length > 0 || client.frames.some(({ type }) => type === h2.RST_STREAM),
        );
        for (const { stream } of statuses)
          assert.notEqual(client.stream(stream).answer().grpcStatus, 0, what);
      });
    });
  }
});

test('tables full of large entries are one table of 4 KB a connection', async (t) => {
  const attacked = await Attacked.start(t);
  // 28 MB of entries, of which each connection keeps 4 KB beside itself.
  await attacked.withstands('200 connections', 12 * MIB, async () => {
    for (let index = 0; index < 200; index++) {
      const client = await attacked.connect();
      for (let request = 0; request < 10; request++) {
        const entries = Array.from({ length: 4 }, (_, n) =>
          literal(`x-${n}`, String(request).repeat(3500), 'incremental', n % 2 > 0),
        );
        const block = Buffer.concat([BLOCK, ...entries]);
        client.write(headerFrames(own(request), block, h2.END_STREAM));
      }
      assert.ok(await client.synced());
    }
  });
});
