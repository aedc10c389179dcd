import { test } from 'node:test';
import { expectAfter } from './expectations.ts';
import { PREFACE, ping, settings } from './frames.ts';
import { CLOSED, CLOSED_ROWS, FRAME_ROWS } from './rfc9113-rows.ts';
import { startWire } from './server.ts';

test('every frame of RFC 9113 that is wrong ends what it must, and no more', async (t) => {
  const harness = await startWire(t);
  for (const rows of [FRAME_ROWS, CLOSED_ROWS]) {
    for (const [section, what, bytes, expected] of rows) {
      await t.test(`${section}: ${what}`, async () => {
        const client = await harness.connect();
        if (rows === CLOSED_ROWS) {
          client.write(CLOSED);
          await client.answer(1);
        }
        // The rows use the streams 1 to 5.
        for (let used = 0; used < 3; used++) client.nextStream();
        client.write(...bytes);
        await expectAfter(client, expected, what);
      });
    }
  }
});

test('3.4: what does not begin as HTTP/2 does is ended', async (t) => {
  const harness = await startWire(t);
  const OPENINGS: readonly (readonly [what: string, bytes: Buffer])[] = [
    ['HTTP/1.1', Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
    ['a preface of another ending', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\n\r')],
    ['TLS where there is none', Buffer.from('160301020001000001fc0303', 'hex')],
    ['a PING before SETTINGS', Buffer.concat([PREFACE, ping(Buffer.alloc(8)), settings()])],
    [
      'an acknowledgement before SETTINGS',
      Buffer.concat([PREFACE, Buffer.from('000000040100000000', 'hex')]),
    ],
    ['zeros', Buffer.alloc(1000)],
  ];
  for (const [what, opening] of OPENINGS) {
    const client = await harness.connect({ opening });
    await t.test(what, async () => {
      await client.closed();
    });
  }
  await expectAfter(await harness.connect(), 'lives', 'another connection');
});
