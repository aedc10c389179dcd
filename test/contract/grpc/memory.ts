/** Contract, part 7: what clients may have the server hold of requests that they do not finish. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { GRPC_STATUS } from '../../../src/errors.ts';
import type { GrpcLimits } from '../../../src/transport/transport.ts';
import { bidi, echo, PATH, type Served, type Subject, serve, unary, until } from './harness.ts';
import { frame, type RawCall, type RawClient } from './raw-client.ts';

const LIMITS: Partial<GrpcLimits> = {
  maxMessageBytes: 100_000,
  maxPendingBytesPerConnection: 500_000,
  maxPendingBytes: 1_000_000,
};
/** Nine tenths of a message. */
const HALF = frame(Buffer.alloc(100_000)).subarray(0, 90_000);
const REST = frame(Buffer.alloc(100_000)).subarray(90_000);

/** Calls that send these bytes and then nothing, and how each has ended so far. */
class Stalled {
  readonly calls: readonly RawCall[];
  readonly statuses: (number | undefined)[] = [];

  constructor(client: RawClient, count: number, bytes: Uint8Array, headers: Record<string, string> = {}) {
    this.calls = Array.from({ length: count }, () => client.start(echo.path, headers));
    for (const call of this.calls) {
      call.stream.write(bytes);
      void call.outcome.then(({ status }) => this.statuses.push(status));
    }
  }

  /** Resolves when the server has read what was sent. */
  async arrived(client: RawClient): Promise<void> {
    assert.equal((await client.call(echo.path, 'after')).status, 0);
  }
}

export function memoryContract(subject: Subject): void {
  const { name } = subject;
  const start = (t: TestContext): Promise<Served> => serve(t, subject, [echo], { limits: LIMITS });

  test(`${name}: half-sent messages beyond the limit of a connection are refused, and other connections do not notice`, async (t) => {
    const server = await start(t);
    const [hog, other] = [await server.connect(), await server.connect()];
    const stalled = new Stalled(hog, 20, HALF);
    await until(() => stalled.statuses.length >= 15);
    assert.deepEqual(new Set(stalled.statuses), new Set([GRPC_STATUS.RESOURCE_EXHAUSTED]));
    for (let index = 0; index < 20; index++) {
      assert.equal((await other.call(echo.path, Buffer.alloc(100_000))).status, 0);
    }
    assert.ok(stalled.statuses.length < 20, 'what fits the limit is not refused');
    for (const call of stalled.calls) call.cancel();
    assert.equal((await hog.call(echo.path, Buffer.alloc(100_000))).status, 0);
  });

  test(`${name}: when all together hold too much, the connection that holds most is refused`, async (t) => {
    const server = await start(t);
    const hogs = [await server.connect(), await server.connect()];
    const taken = hogs.map((hog) => new Stalled(hog, 4, HALF));
    const modest = [];
    for (let index = 0; index < 5; index++) {
      const client = await server.connect();
      const stalled = new Stalled(client, 1, HALF);
      await stalled.arrived(client);
      modest.push(...stalled.calls);
    }
    for (const call of modest) call.stream.end(REST);
    const outcomes = await Promise.all(modest.map(({ outcome }) => outcome));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      modest.map(() => 0),
    );
    const refused = taken.flatMap(({ statuses }) => statuses);
    assert.deepEqual(new Set(refused), new Set([GRPC_STATUS.RESOURCE_EXHAUSTED]));
  });

  test(`${name}: a message that comes byte by byte counts for what that costs`, async (t) => {
    const client = await (await start(t)).connect();
    const call = client.start(echo.path);
    let sent = 0;
    let ended = false;
    void call.outcome.then(() => {
      ended = true;
    });
    for (const byte of frame(Buffer.alloc(50_000))) {
      if (ended) break;
      sent++;
      await new Promise((resolve) => call.stream.write(Buffer.from([byte]), resolve));
    }
    if (!subject.keepsPieces) call.end();
    assert.equal((await call.outcome).status, subject.keepsPieces ? GRPC_STATUS.RESOURCE_EXHAUSTED : 0);
    assert.ok(sent < 5000 || !subject.keepsPieces, `${sent}`);
  });

  test(`${name}: compressed messages count for what they may become, until their call ends`, async (t) => {
    const client = await (await start(t)).connect();
    const headers = { 'grpc-encoding': 'gzip' };
    const bytes = frame(gzipSync(Buffer.alloc(90_000)), true);
    for (let index = 0; index < 20; index++) {
      const call = client.start(echo.path, headers);
      call.stream.end(bytes);
      assert.equal((await call.outcome).status, 0);
    }
    const stalled = new Stalled(client, 20, bytes, headers);
    await until(() => stalled.statuses.length >= 15);
    assert.deepEqual(new Set(stalled.statuses), new Set([GRPC_STATUS.RESOURCE_EXHAUSTED]));
  });

  test(`${name}: bidi streams count for what their handlers have not taken`, async (t) => {
    const server = await serve(
      t,
      subject,
      [
        bidi(async function* (requests) {
          for await (const request of requests) yield request;
        }),
        bidi(async function* (_, call) {
          yield Buffer.from('first');
          await new Promise((resolve) => call.signal.addEventListener('abort', resolve));
        }, '/contract.Test/Deaf'),
      ],
      { limits: LIMITS },
    );
    const client = await server.connect();
    const call = client.start(PATH);
    for (let index = 1; index <= 30; index++) {
      call.send(Buffer.alloc(90_000));
      await call.received(index);
    }
    call.end();
    assert.equal((await call.outcome).status, 0);
    const deaf = Array.from({ length: 20 }, () => client.start('/contract.Test/Deaf'));
    await Promise.all(deaf.map((each) => each.received(1)));
    let ended = 0;
    for (const each of deaf) {
      // No more than the window of the stream, 64 KiB, arrives while nobody reads.
      each.send(Buffer.alloc(90_000));
      void each.outcome.then(() => ended++);
    }
    await until(() => ended >= 10);
    assert.ok(ended < 20);
  });

  test(`${name}: a client that reads none of its answers gets no more of them`, async (t) => {
    let answered = 0;
    const large = unary(() => {
      answered++;
      return Buffer.alloc(100_000);
    });
    const server = await serve(t, subject, [echo, large], { limits: LIMITS });
    const client = await server.connect();
    await new Promise<void>((resolve) => client.session.settings({ initialWindowSize: 0 }, () => resolve()));
    for (let index = 0; index < 200 && !client.session.destroyed; index++) {
      client.start(PATH).stream.end(frame(''));
      await new Promise(setImmediate);
    }
    assert.ok(answered > 0 && answered < 50, `${answered}`);
    assert.equal((await (await server.connect()).call(echo.path, '')).status, 0);
  });

  test(`${name}: a thousand small calls at once on one connection are well within the defaults`, async (t) => {
    const client = await (await serve(t, subject, [echo])).connect();
    const calls = Array.from({ length: 1000 }, () => client.call(echo.path, Buffer.alloc(10_000)));
    const statuses = new Set((await Promise.all(calls)).map(({ status }) => status));
    assert.deepEqual(statuses, new Set([0]));
  });
}
