/** Attacks by flow control: answers that cannot be sent, windows that open by the byte or burst. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attacked, flood, repeated } from './attacked.ts';
import * as h2 from './frames.ts';
import { request } from './requests.ts';
import { BYTES, HANG, STREAM } from './server.ts';

const MIB = 1024 * 1024;
/** What one connection may have the server hold of requests and answers; the ceilings leave as much again for the rest. */
const PENDING = 4 * MIB;
const LIMITS = { maxPendingBytesPerConnection: PENDING, maxPendingBytes: 4 * PENDING };
const still = { updatesWindows: false };
const opening = (window: number): Buffer =>
  Buffer.concat([h2.PREFACE, h2.settings([h2.INITIAL_WINDOW_SIZE, window])]);
const own = (index: number): number => 2 * index + 1;
const asked =
  (path: string, text: string): ((index: number) => Buffer) =>
  (index) =>
    request(own(index), path, h2.message(text));

test('answers that a client gives no window for are bounded', async (t) => {
  const attacked = await Attacked.start(t, LIMITS);
  const rows: readonly (readonly [what: string, window: number, path: string, text: string])[] = [
    ['streams without a window', 0, BYTES, '1000000'],
    ['a connection without a window', 2 ** 31 - 1, BYTES, '1000000'],
    ['many small answers without a window', 0, BYTES, '10000'],
    ['server streams without a window', 0, STREAM, '1000 x 100000'],
    ['windows of one byte', 1, BYTES, '1000000'],
  ];
  for (const [what, window, path, text] of rows) {
    await t.test(what, () =>
      attacked.withstands(what, 3 * PENDING, async () => {
        const client = await attacked.connect({ ...still, opening: opening(window) });
        const { handled } = await attacked.report();
        await flood(client, asked(path, text), 1000);
        if (!client.ended) await client.synced().catch(() => {});
        // 1,000 answers are a gigabyte: had they all been made, the ceiling above would tell; some had to be.
        assert.ok((await attacked.report()).handled > handled);
      }),
    );
  }
});

test('a client that never reads its socket is bounded', async (t) => {
  const attacked = await Attacked.start(t, LIMITS);
  for (const [what, path, text] of [
    ['large answers', BYTES, '1000000'],
    ['small answers', BYTES, '100'],
    ['streams', STREAM, '1000 x 100000'],
  ] as const) {
    await attacked.withstands(what, 3 * PENDING, async () => {
      const client = await attacked.connect({ ...still, opening: opening(2 ** 31 - 1) });
      client.write(h2.windowUpdate(0, 2 ** 31 - 65_536));
      client.socket.pause();
      await flood(client, asked(path, text), 5000);
    });
  }
});

test('windows that open byte by byte cost no more than the bytes', async (t) => {
  const attacked = await Attacked.start(t, LIMITS);
  await attacked.withstands('increments of one', 2 * PENDING, async () => {
    const client = await attacked.connect({ ...still, opening: opening(0) });
    client.write(request(1, BYTES, h2.message('3000000')));
    await flood(client, () => repeated(h2.windowUpdate(1, 1), 100), 2000);
    await client.until(() => client.ended || client.stream(1).receivedBytes > 1000, 'some bytes');
  });
});

test('SETTINGS that move the windows of a thousand waiting streams again and again', async (t) => {
  const attacked = await Attacked.start(t, { ...LIMITS, maxConcurrentStreams: 1000 });
  await attacked.withstands('windows up and down', 2 * PENDING, async () => {
    const client = await attacked.connect({ ...still, opening: opening(0) });
    await flood(client, asked(BYTES, '1000'), 1000);
    const both = Buffer.concat([
      h2.settings([h2.INITIAL_WINDOW_SIZE, 1]),
      h2.settings([h2.INITIAL_WINDOW_SIZE, 0]),
    ]);
    const { sentBytes } = await flood(client, () => repeated(both, 50), 2000);
    await client.until(() => client.ended, `the end of the connection after ${sentBytes} bytes`);
  });
});

test('requests that are begun and never ended, on as many streams as there may be', async (t) => {
  const attacked = await Attacked.start(t, LIMITS);
  await attacked.withstands('begun', 2 * PENDING, async () => {
    const client = await attacked.connect();
    await flood(client, (index) => request(own(index), HANG, h2.message('x'.repeat(1000))), 20_000);
    if (!client.ended) assert.ok(await client.synced());
  });
});
