import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { CallContext, RpcMethod } from '../../../src/rpc.ts';
import type { GrpcLimits } from '../../../src/transport/transport.ts';
import { echo, PATH, type Served, type Subject, serve, until } from './harness.ts';
import { frame, type RawCall } from './raw-client.ts';

/** How a call may end whose message has come by half. */
interface HalfWay {
  /** Whether the service is told: when the caller has given the call up, and not when the server refuses it. */
  readonly told: boolean;
  readonly status: number | undefined;
  readonly limits?: Partial<GrpcLimits>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes?: Buffer;
  readonly end?: (call: RawCall, server: Served) => unknown;
}

const HALF = frame('half a message').subarray(0, 7);

const HALF_WAYS: Readonly<Record<string, HalfWay>> = {
  'is taken back': { told: true, status: undefined, end: (call) => call.cancel() },
  'passes its deadline': { told: true, status: 4, headers: { 'grpc-timeout': '50m' } },
  'passes its deadline and is never ended': {
    told: true,
    status: 4,
    limits: { requestTimeoutMs: 200 },
    headers: { 'grpc-timeout': '50m' },
    // Not when the status comes, but when the server closes it.
    end: ({ stream }) => {
      const end = stream.end.bind(stream);
      const skip = (): typeof stream => Object.assign(stream, { end });
      Object.assign(stream, { end: skip });
    },
  },
  'is whole but not ended when its deadline passes': {
    told: true,
    status: 4,
    headers: { 'grpc-timeout': '50m' },
    bytes: frame('whole'),
  },
  'ends there': { told: true, status: undefined, end: (call) => call.end() },
  'ends before it': { told: true, status: undefined, bytes: Buffer.alloc(0), end: (call) => call.end() },
  'takes too long': { told: false, status: 4, limits: { requestTimeoutMs: 100 } },
  'holds too many bytes': {
    told: false,
    status: 8,
    limits: { maxPendingBytesPerConnection: 50_000 },
    bytes: frame(Buffer.alloc(200_000)).subarray(0, 150_000),
  },
  'is open at the end of a drain': {
    told: false,
    status: undefined,
    end: (_call, { transport }) => transport.drain(20),
  },
  'has two messages': {
    told: false,
    status: 12,
    bytes: Buffer.concat([frame('one'), frame('two')]),
    end: (call) => call.end(),
  },
  'has a timeout that cannot be read': {
    told: false,
    status: 13,
    headers: { 'grpc-timeout': 'soon' },
    end: (call) => call.end(),
  },
};

/** What a service learns of calls that never reach it. */
export function unreadContract(subject: Subject): void {
  test(`${subject.name}: a service is told of calls that are taken back before it sees them, and of no others`, async (t) => {
    const told: CallContext[] = [];
    let handled = 0;
    const method: RpcMethod = {
      path: PATH,
      kind: 'unary',
      handler: (request) => {
        handled++;
        return request;
      },
      unread: {
        abandoned: (call) => void told.push(call),
        oversized: () => assert.fail('no message is too long'),
      },
    };
    const server = await serve(t, subject, [method]);
    const client = await server.connect();
    assert.equal((await client.call(PATH, 'whole')).status, 0);

    // Half a message, then nothing more; the same by a connection that breaks; and one that is refused by the server.
    const half = client.start(PATH, { traceparent: '00-1-2-00' });
    half.stream.write(frame('half a message').subarray(0, 7));
    await client.call(PATH, 'after the half');
    half.cancel();
    await until(() => told.length === 1);
    const other = await server.connect();
    other.start(PATH).stream.write(frame('half a message').subarray(0, 7));
    await other.call(PATH, 'after the half');
    other.socket.destroy();
    await until(() => told.length === 2);
    assert.notEqual((await client.call('/contract.Test/Unknown', 'x')).status, 0);
    assert.equal((await client.call(PATH, 'whole')).status, 0);

    assert.equal(told.length, 2);
    assert.equal(handled, 4);
    assert.equal(told[0]!.cancelled(), true);
    assert.equal(told[0]!.signal.aborted, true);
    assert.equal(told[0]!.metadata('traceparent'), '00-1-2-00');
    assert.equal(told[0]!.metadata('missing'), undefined);
    assert.equal(told[0]!.peer.local, true);
  });

  for (const [way, { told, status, limits, headers, bytes, end }] of Object.entries(HALF_WAYS)) {
    test(`${subject.name}: a service is ${told ? '' : 'not '}told of a call whose message is there by half when it ${way}`, async (t) => {
      const calls: (readonly [boolean, Uint8Array | undefined])[] = [];
      const method: RpcMethod = {
        path: PATH,
        kind: 'unary',
        handler: () => assert.fail('it is not whole'),
        unread: {
          abandoned: (call, message) => void calls.push([call.cancelled(), message]),
          oversized: () => assert.fail('no message is too long'),
        },
      };
      const server = await serve(t, subject, [method, echo], limits === undefined ? {} : { limits });
      const client = await server.connect();
      const call = client.start(PATH, headers);
      call.stream.write(bytes ?? HALF);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await end?.(call, server);
      const outcome = await call.outcome;
      if (status !== undefined) assert.equal(outcome.status, status);
      if (told) await until(() => calls.length > 0);
      else await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(calls, told ? [[true, undefined]] : []);
      assert.deepEqual(server.errors, []);
    });
  }

  test(`${subject.name}: a service answers calls whose message is too long, and others end as ever`, async (t) => {
    const asked: CallContext[] = [];
    const refused = Buffer.from('too long');
    const method = (path: string, later: boolean): RpcMethod => ({
      path,
      kind: 'unary',
      handler: (request) => request,
      unread: {
        abandoned: () => {},
        oversized: (call) => {
          asked.push(call);
          return later ? setImmediate(refused) : refused;
        },
      },
    });
    const methods = [method(PATH, false), method('/contract.Test/Later', true), echo];
    const server = await serve(t, subject, methods, { limits: { maxMessageBytes: 1000 } });
    const client = await server.connect();
    for (const path of [PATH, '/contract.Test/Later']) {
      for (const bytes of [1001, 5_000_000]) {
        const { status, messages } = await client.call(path, Buffer.alloc(bytes), {
          traceparent: '00-1-2-00',
        });
        assert.deepEqual([status, messages], [0, [refused]], `${path} ${bytes}`);
      }
      const fits = await client.call(path, Buffer.alloc(1000));
      assert.deepEqual([fits.status, fits.messages[0]?.length], [0, 1000]);
    }
    assert.equal(asked.length, 4);
    assert.ok(asked.every((call) => !call.cancelled() && !call.signal.aborted));
    assert.equal(asked[0]!.metadata('traceparent'), '00-1-2-00');
    // A deadline may pass at any moment of this.
    const deadlines = Array.from({ length: 200 }, (_, n) =>
      client.call(n % 2 ? PATH : '/contract.Test/Later', Buffer.alloc(1001), {
        'grpc-timeout': `${500 * (n % 20)}u`,
      }),
    );
    assert.ok((await Promise.all(deadlines)).every(({ status }) => status === 0 || status === 4));
    // Of the announced bytes none need come; and who says nothing of such calls has them refused.
    const announced = client.start(PATH);
    announced.stream.write(frame(Buffer.alloc(2000)).subarray(0, 5));
    assert.equal((await announced.outcome).status, 0);
    assert.equal((await client.call('/contract.Test/Echo', Buffer.alloc(1001))).status, 8);
  });
}
