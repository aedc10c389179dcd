/** Contract, part 2: server streams and bidirectional streams. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GRPC_STATUS, PortcullisError } from '../../../src/errors.ts';
import { bidi, echo, gate, PATH, type Subject, serve, serverStream } from './harness.ts';

export function streamsContract(subject: Subject): void {
  const { name } = subject;

  test(`${name}: a server stream gives its messages in order, and none when there is none`, async (t) => {
    const client = await (
      await serve(t, subject, [
        serverStream(async function* (request) {
          for (let index = 0; index < Number(Buffer.from(request).toString()); index++) {
            yield Buffer.from(String(index));
          }
        }),
      ])
    ).connect();
    for (const count of [0, 1, 100]) {
      const { status, messages } = await client.call(PATH, String(count));
      assert.equal(status, 0);
      assert.deepEqual(
        messages.map(String),
        Array.from({ length: count }, (_, index) => String(index)),
      );
    }
  });

  test(`${name}: an error ends a stream after the messages before it; unexpected ones are hidden`, async (t) => {
    const server = await serve(t, subject, [
      serverStream(async function* (request) {
        yield Buffer.from('first');
        if (request.length === 0) throw new Error('secret');
        throw new PortcullisError('not_ready', 'no bundle yet');
      }),
    ]);
    const client = await server.connect();
    const known = await client.call(PATH, 'x');
    assert.deepEqual([known.status, known.message], [GRPC_STATUS.UNAVAILABLE, 'no bundle yet']);
    assert.deepEqual(known.messages.map(String), ['first']);
    const unknown = await client.call(PATH, '');
    assert.deepEqual([unknown.status, unknown.message], [GRPC_STATUS.INTERNAL, 'internal error']);
    assert.deepEqual(
      server.errors.map(({ message }) => message),
      ['secret'],
    );
  });

  test(`${name}: a handler that throws before it gives an iterator`, async (t) => {
    const client = await (
      await serve(t, subject, [
        serverStream(() => {
          throw new PortcullisError('forbidden', 'not you');
        }),
      ])
    ).connect();
    const { status, message } = await client.call(PATH, '');
    assert.deepEqual([status, message], [GRPC_STATUS.PERMISSION_DENIED, 'not you']);
  });

  test(`${name}: a client that does not read holds the handler back`, async (t) => {
    const chunk = Buffer.alloc(64 * 1024);
    let produced = 0;
    const client = await (
      await serve(t, subject, [
        serverStream(async function* () {
          for (; produced < 1000; produced++) yield chunk;
        }),
      ])
    ).connect();
    const call = client.start(PATH);
    call.send('');
    call.end();
    await call.received(1);
    call.stream.pause();
    // Nothing more comes once the windows are full: what was produced stops growing.
    let before = -1;
    while (before !== produced) {
      before = produced;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(produced < 50, `${produced} messages were produced for a client that reads none`);
    call.stream.resume();
    assert.equal((await call.outcome).status, 0);
    assert.equal(call.messages.length, 1000);
  });

  test(`${name}: cancelling a stream ends its handler, wherever it waits`, async (t) => {
    const chunk = Buffer.alloc(256 * 1024);
    const ended: string[] = [];
    const both = gate();
    const done = (what: string): void => {
      ended.push(what);
      if (ended.length === 2) both.open();
    };
    const client = await (
      await serve(t, subject, [
        // Waits for its own events, with the signal.
        serverStream(async function* (_, call) {
          try {
            yield Buffer.from('first');
            await new Promise((_resolve, reject) => call.signal.addEventListener('abort', reject));
          } finally {
            done('waiting');
          }
        }, '/contract.Test/Waiting'),
        // Waits for the client's window.
        serverStream(async function* () {
          try {
            while (true) yield chunk;
          } finally {
            done('writing');
          }
        }, '/contract.Test/Writing'),
      ])
    ).connect();
    for (const path of ['/contract.Test/Waiting', '/contract.Test/Writing']) {
      const call = client.start(path);
      call.send('');
      call.end();
      await call.received(1);
      call.stream.pause();
      call.cancel();
    }
    await both.opened;
    assert.deepEqual(ended.toSorted(), ['waiting', 'writing']);
  });

  test(`${name}: cancelling wakes an iterator that is no generator`, async (t) => {
    const returned = gate();
    const waiting = gate<IteratorResult<Uint8Array>>();
    const iterator: AsyncIterableIterator<Uint8Array> = {
      [Symbol.asyncIterator]: () => iterator,
      next: () => waiting.opened,
      return: async () => {
        returned.open();
        waiting.open({ done: true, value: undefined });
        return { done: true, value: undefined };
      },
    };
    const started = gate();
    const client = await (
      await serve(t, subject, [
        serverStream(() => {
          started.open();
          return iterator;
        }),
      ])
    ).connect();
    const call = client.start(PATH);
    call.send('');
    call.end();
    await started.opened;
    call.cancel();
    await returned.opened;
  });

  test(`${name}: a stream past its deadline ends with DEADLINE_EXCEEDED`, async (t) => {
    const client = await (
      await serve(t, subject, [
        serverStream(async function* (_, call) {
          yield Buffer.from('first');
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        }),
      ])
    ).connect();
    const { status, messages } = await client.call(PATH, '', { 'grpc-timeout': '50m' });
    assert.equal(status, GRPC_STATUS.DEADLINE_EXCEEDED);
    assert.deepEqual(messages.map(String), ['first']);
  });

  test(`${name}: bidi answers while the client still sends`, async (t) => {
    const client = await (
      await serve(t, subject, [
        bidi(async function* (requests) {
          for await (const request of requests) yield Buffer.from(`${Buffer.from(request).toString()}!`);
          yield Buffer.from('end');
        }),
      ])
    ).connect();
    const call = client.start(PATH);
    for (const [index, text] of ['a', 'b', 'c'].entries()) {
      call.send(text);
      await call.received(index + 1);
    }
    call.end();
    const { status, messages } = await call.outcome;
    assert.equal(status, 0);
    assert.deepEqual(messages.map(String), ['a!', 'b!', 'c!', 'end']);
  });

  test(`${name}: bidi may stop reading and still answer`, async (t) => {
    const client = await (
      await serve(t, subject, [
        bidi(async function* (requests) {
          for await (const request of requests) {
            yield request;
            break;
          }
          yield Buffer.from('enough');
        }),
      ])
    ).connect();
    const call = client.start(PATH);
    call.send('a');
    call.send('b');
    const { status, messages } = await call.outcome;
    assert.equal(status, 0);
    assert.deepEqual(messages.map(String), ['a', 'enough']);
  });

  test(`${name}: a bidi handler hears of a client that goes away while sending`, async (t) => {
    const heard = gate<unknown>();
    const server = await serve(t, subject, [
      bidi(async function* (requests) {
        try {
          for await (const request of requests) yield request;
        } catch (error) {
          heard.open(error);
          throw error;
        }
      }),
    ]);
    const call = (await server.connect()).start(PATH);
    call.send('a');
    await call.received(1);
    call.cancel();
    assert.equal(((await heard.opened) as PortcullisError).code, 'cancelled');
    assert.deepEqual(server.errors, []);
  });

  for (const [messages, bytes] of [
    [0, 0],
    [1, 10],
    [100, 10],
    [20, 10_000],
  ] as const) {
    for (const reads of [0, 1]) {
      if (reads > messages) continue;
      test(`${name}: after ${reads} of ${messages} messages of ${bytes} bytes a bidi handler hears of it by its signal`, async (t) => {
        const heard = gate();
        const client = await (
          await serve(t, subject, [
            bidi(async function* (requests, call) {
              if (reads > 0) await requests[Symbol.asyncIterator]().next();
              yield Buffer.from('first');
              await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
              heard.open();
            }),
          ])
        ).connect();
        const call = client.start(PATH);
        for (let index = 0; index < messages; index++) call.send(Buffer.alloc(bytes));
        await call.received(1);
        await new Promise((resolve) => setTimeout(resolve, 10));
        call.cancel();
        await heard.opened;
      });
    }
  }

  test(`${name}: a bidi handler that does not read holds the client back`, async (t) => {
    const chunk = Buffer.alloc(64 * 1024);
    const finish = gate();
    const client = await (
      await serve(t, subject, [
        bidi(async function* (requests) {
          await finish.opened;
          let count = 0;
          for await (const request of requests) if (request.length > 0) count++;
          yield Buffer.from(String(count));
        }),
      ])
    ).connect();
    const call = client.start(PATH);
    let flushed = 0;
    for (let index = 0; index < 200; index++)
      call.stream.write(Buffer.concat([Buffer.from([0, 0, 1, 0, 0]), chunk]), () => flushed++);
    call.end();
    let before = -1;
    while (before !== flushed) {
      before = flushed;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(flushed < 50, `${flushed} messages were taken from a client that nobody reads`);
    finish.open();
    assert.deepEqual((await call.outcome).messages.map(String), ['200']);
  });

  for (const answers of [true, false]) {
    test(`${name}: a stream whose messages take long ${answers ? 'and are answered' : 'without answers'} keeps no other call waiting for all of them`, async (t) => {
      const count = 200;
      const started = gate();
      let worked = 0;
      const server = await serve(t, subject, [
        echo,
        bidi(async function* (requests) {
          for await (const request of requests) {
            for (const endMs = performance.now() + 2; performance.now() < endMs; );
            worked++;
            started.open();
            if (answers) yield request;
          }
          yield Buffer.from('end');
        }),
      ]);
      const [client, other] = [await server.connect(), await server.connect()];
      const call = client.start(PATH);
      const message = Buffer.from([0, 0, 0, 0, 1, 65]);
      call.stream.end(Buffer.concat(Array.from({ length: count }, () => message)));
      await started.opened;
      assert.equal((await other.call('/contract.Test/Echo', 'other')).status, 0);
      assert.ok(worked < count, 'the other call was answered before the stream had ended');
      const { status, messages } = await call.outcome;
      assert.deepEqual([status, messages.length], [0, answers ? count + 1 : 1]);
    });
  }
}
