/** Contract, part 4: what one client may use, also one that does not keep to the rules. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants, type Settings } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync, gzipSync } from 'node:zlib';
import type { Clock } from '../../../src/clock.ts';
import { GRPC_STATUS } from '../../../src/errors.ts';
import { bidi, echo, gate, PATH, type Served, type Subject, serve, unary, until } from './harness.ts';
import { frame } from './raw-client.ts';

const EXHAUSTED = GRPC_STATUS.RESOURCE_EXHAUSTED;

export function limitsContract(subject: Subject): void {
  const { name } = subject;

  test(`${name}: a message over the limit is refused before it has arrived; one at the limit is taken`, async (t) => {
    const client = await (await serve(t, subject, [echo], { limits: { maxMessageBytes: 1000 } })).connect();
    assert.equal((await client.call(echo.path, Buffer.alloc(1000))).status, 0);
    assert.equal((await client.call(echo.path, Buffer.alloc(1001))).status, EXHAUSTED);
    const announced = client.start(echo.path);
    announced.stream.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]));
    assert.equal((await announced.outcome).status, EXHAUSTED);
    assert.equal((await client.call(echo.path, 'next')).status, 0);
  });

  const ENCODINGS = { gzip: gzipSync, deflate: deflateSync };
  for (const [encoding, compress] of Object.entries(ENCODINGS)) {
    test(`${name}: ${encoding} messages are inflated, and no further than the limit`, async (t) => {
      const client = await (
        await serve(t, subject, [echo], { limits: { maxMessageBytes: 100_000 } })
      ).connect();
      const call = async (bytes: Uint8Array): Promise<[number | undefined, number | undefined]> => {
        const call = client.start(echo.path, { 'grpc-encoding': encoding });
        call.stream.end(frame(bytes, true));
        const { status, messages } = await call.outcome;
        return [status, messages[0]?.length];
      };
      assert.deepEqual(await call(compress(Buffer.alloc(100_000))), [0, 100_000]);
      assert.deepEqual(await call(compress(Buffer.alloc(100_001))), [EXHAUSTED, undefined]);
      const bomb = compress(Buffer.alloc(64 * 1024 * 1024));
      assert.ok(bomb.length < 100_000);
      assert.deepEqual(await call(bomb), [EXHAUSTED, undefined]);
      assert.equal((await call(Buffer.from('not compressed')))[0], GRPC_STATUS.INTERNAL);
      assert.equal((await client.call(echo.path, 'next')).status, 0);
    });
  }

  test(`${name}: an unknown compression is unimplemented`, async (t) => {
    const client = await (await serve(t, subject, [echo])).connect();
    const call = client.start(echo.path, { 'grpc-encoding': 'zstd' });
    call.stream.end(frame('x', true));
    assert.equal((await call.outcome).status, GRPC_STATUS.UNIMPLEMENTED);
  });

  test(`${name}: a bidi stream is bounded message by message`, async (t) => {
    const client = await (
      await serve(
        t,
        subject,
        [
          bidi(async function* (requests) {
            for await (const request of requests) yield request;
          }),
        ],
        { limits: { maxMessageBytes: 1000 } },
      )
    ).connect();
    const call = client.start(PATH);
    call.send(Buffer.alloc(1000));
    await call.received(1);
    call.send(Buffer.alloc(1001));
    assert.equal((await call.outcome).status, EXHAUSTED);
  });

  test(`${name}: concurrent calls of a connection are limited, and the rest waits`, async (t) => {
    const finish = gate();
    let running = 0;
    let most = 0;
    const server = await serve(
      t,
      subject,
      [
        unary(async (request) => {
          most = Math.max(most, ++running);
          await finish.opened;
          running--;
          return request;
        }),
      ],
      { limits: { maxConcurrentStreams: 3 } },
    );
    const client = await server.connect();
    const settings: Settings = await new Promise((resolve) => client.session.once('remoteSettings', resolve));
    assert.equal(settings.maxConcurrentStreams, 3);
    const calls = Array.from({ length: 10 }, () => client.call(PATH, ''));
    await until(() => running >= 3);
    await sleep(10);
    assert.equal(running, 3);
    finish.open();
    assert.deepEqual(
      (await Promise.all(calls)).map(({ status }) => status),
      calls.map(() => 0),
    );
    assert.equal(most, 3);
  });

  test(`${name}: a list of request headers over the limit reaches no handler`, async (t) => {
    let called = 0;
    const server = await serve(
      t,
      subject,
      [
        unary((request) => {
          called++;
          return request;
        }),
      ],
      { limits: { maxHeaderBytes: 2000 } },
    );
    const client = await server.connect();
    assert.equal((await client.call(PATH, '', { 'x-small': 'x'.repeat(1000) })).status, 0);
    const outcome = await client.call(PATH, '', { 'x-large': 'x'.repeat(3000) });
    assert.notEqual(outcome.status, 0);
    assert.equal(called, 1);
  });

  test(`${name}: connections over the limit are closed, and room is made when one goes`, async (t) => {
    const server = await serve(t, subject, [echo], { limits: { maxConnections: 2 } });
    const [first, second] = [await server.connect(), await server.connect()];
    assert.equal((await first.call(echo.path, '')).status, 0);
    assert.equal((await second.call(echo.path, '')).status, 0);
    await (await server.connect()).closed();
    first.close();
    await first.closed();
    for (;;) {
      const next = await server.connect();
      if ((await next.call(echo.path, '')).status === 0) break;
    }
    assert.equal((await second.call(echo.path, '')).status, 0);
  });

  test(`${name}: a half-sent request is ended`, async (t) => {
    const server = await serve(t, subject, [echo], { limits: { requestTimeoutMs: 50 } });
    const client = await server.connect();
    const silent = client.start(echo.path);
    const half = client.start(echo.path);
    half.stream.write(frame('a long message').subarray(0, 8));
    for (const call of [silent, half]) {
      assert.equal((await call.outcome).status, GRPC_STATUS.DEADLINE_EXCEEDED);
    }
    assert.equal((await client.call(echo.path, 'next')).status, 0);
  });

  test(`${name}: a half-sent request has all of its time`, async (t) => {
    let nowMs = 1000;
    const clock: Clock = { wallMs: () => Date.now(), monotonicMs: () => nowMs };
    const server = await serve(t, subject, [echo], { clock, limits: { requestTimeoutMs: 200 } });
    const client = await server.connect();
    nowMs += 190;
    const half = client.start(echo.path);
    half.stream.write(frame('a long message').subarray(0, 8));
    // Answered after `half` has begun.
    assert.equal((await client.call(echo.path, '')).status, 0);
    nowMs += 199;
    const ended = half.outcome.then(() => 'ended');
    assert.equal(await Promise.race([ended, sleep(200, 'open')]), 'open');
    nowMs += 1;
    assert.equal((await half.outcome).status, GRPC_STATUS.DEADLINE_EXCEEDED);
  });

  test(`${name}: slow handlers and open bidi streams are not taken for slow clients`, async (t) => {
    const server = await serve(
      t,
      subject,
      [
        unary(async (request) => {
          await sleep(150);
          return request;
        }),
        bidi(async function* (requests) {
          for await (const request of requests) yield request;
        }, '/contract.Test/Bidi'),
      ],
      { limits: { requestTimeoutMs: 20 } },
    );
    const client = await server.connect();
    const stream = client.start('/contract.Test/Bidi');
    stream.send('a');
    assert.equal((await client.call(PATH, '')).status, 0);
    stream.send('b');
    stream.end();
    assert.deepEqual((await stream.outcome).messages.map(String), ['a', 'b']);
  });

  test(`${name}: an idle connection is closed, and an old one without failing a call`, async (t) => {
    const idle = await serve(t, subject, [echo], { limits: { maxConnectionIdleMs: 30 } });
    const client = await idle.connect();
    assert.equal((await client.call(echo.path, '')).status, 0);
    await client.closed();

    const finish = gate();
    const aged = await serve(
      t,
      subject,
      [
        unary(async (request) => {
          await finish.opened;
          return request;
        }),
      ],
      { limits: { maxConnectionAgeMs: 30 } },
    );
    const old = await aged.connect();
    const call = old.call(PATH, '');
    await once(old.session, 'goaway');
    finish.open();
    assert.equal((await call).status, 0);
    await old.closed();
  });

  test(`${name}: calls reset as soon as they are sent harm nobody, and a storm of them ends the connection`, async (t) => {
    const server = await serve(t, subject, [echo], { limits: { resetBurst: 50, resetsPerSecond: 1 } });
    const storm = await server.connect();
    const gone = storm.closed();
    for (let index = 0; index < 500 && !storm.session.closed; index++) {
      for (const path of [echo.path, '/contract.Test/Unknown'])
        storm.start(path).stream.close(constants.NGHTTP2_CANCEL);
      if (index % 10 === 0) await sleep(0);
    }
    await gone;
    assert.equal((await (await server.connect()).call(echo.path, 'next')).status, 0);
  });

  test(`${name}: a server that lives through what is no HTTP/2`, async (t) => {
    const server = await serve(t, subject, [echo]);
    const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    const garbage: readonly (string | Buffer)[] = [
      'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
      '\x16\x03\x01\x00\xa5\x01\x00\x00',
      PREFACE,
      `${PREFACE}garbage that is no frame at all, and long enough to be read as one`,
      Buffer.concat([Buffer.from(PREFACE), headersThenReset('/contract.Test/Unknown')]),
      Buffer.concat([Buffer.from(PREFACE), headersThenReset(echo.path)]),
      Buffer.concat([Buffer.from(PREFACE), headersThenReset('/\x80\xff')]),
    ];
    for (const bytes of garbage) {
      const socket = await open(t, server);
      socket.end(bytes);
      await new Promise((resolve) => socket.resume().once('close', resolve));
    }
    assert.equal((await (await server.connect()).call(echo.path, 'next')).status, 0);
    assert.deepEqual(server.errors, []);
  });
}

async function open(t: TestContext, server: Served): Promise<Socket> {
  assert.equal(server.address.kind, 'tcp');
  const { port } = server.address as { port: number };
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** SETTINGS, a request for `path` and its reset, as one piece of bytes. */
function headersThenReset(path: string): Buffer {
  const literal = (text: string): Buffer => {
    const bytes = Buffer.from(text, 'latin1');
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  const block = Buffer.concat([
    Buffer.from([0x83, 0x86, 0x04]), // :method POST, :scheme http, :path literal
    literal(path),
    Buffer.from([0x00]),
    literal('content-type'),
    literal('application/grpc'),
  ]);
  const head = (length: number, type: number, flags: number, stream: number): Buffer => {
    const bytes = Buffer.alloc(9);
    bytes.writeUIntBE(length, 0, 3);
    bytes.writeUInt8(type, 3);
    bytes.writeUInt8(flags, 4);
    bytes.writeUInt32BE(stream, 5);
    return bytes;
  };
  return Buffer.concat([
    head(0, 4, 0, 0),
    head(block.length, 1, 4, 1),
    block,
    head(4, 3, 0, 1),
    Buffer.from([0, 0, 0, constants.NGHTTP2_CANCEL]),
  ]);
}
