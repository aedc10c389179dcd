/** Contract, part 1: unary calls, their context and their errors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS, type ErrorCode, GRPC_STATUS, PortcullisError } from '../../../src/errors.ts';
import type { CallContext } from '../../../src/rpc.ts';
import { echo, gate, PATH, type Subject, serve, unary } from './harness.ts';

export function callsContract(subject: Subject): void {
  const { name } = subject;

  test(`${name}: answers at once and later`, async (t) => {
    const client = await (
      await serve(t, subject, [
        echo,
        unary(async (request) => {
          await sleep(1);
          return request;
        }),
      ])
    ).connect();
    for (const path of [echo.path, PATH]) {
      const { status, messages, reset } = await client.call(path, 'question');
      assert.deepEqual([status, messages, reset], [0, [Buffer.from('question')], 0]);
    }
  });

  for (const size of [0, 1, 16_379, 16_384, 1_000_000]) {
    test(`${name}: a message of ${size} bytes there and back`, async (t) => {
      const client = await (await serve(t, subject, [echo])).connect();
      const message = Buffer.alloc(size, 'portcullis');
      const { status, messages } = await client.call(echo.path, message);
      assert.equal(status, 0);
      assert.ok(messages[0]?.equals(message));
    });
  }

  test(`${name}: an answer that is a part of a larger buffer is sent as that part`, async (t) => {
    const client = await (
      await serve(t, subject, [unary(() => new Uint8Array([1, 2, 3, 4]).subarray(1, 3))])
    ).connect();
    assert.deepEqual((await client.call(PATH, '')).messages, [Buffer.from([2, 3])]);
  });

  test(`${name}: every error code gives its status and keeps its message`, async (t) => {
    const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => code !== 'internal');
    const server = await serve(t, subject, [
      unary((request) => {
        const code = Buffer.from(request).toString() as ErrorCode;
        throw new PortcullisError(code, `place: 100 % "${code}" é\n`);
      }),
    ]);
    const client = await server.connect();
    for (const code of codes) {
      const { status, message, messages } = await client.call(PATH, code);
      assert.equal(status, GRPC_STATUS[ERRORS[code].grpc], code);
      assert.equal(message, `place: 100 % "${code}" é\n`);
      assert.deepEqual(messages, []);
    }
    assert.deepEqual(server.errors, []);
  });

  const secret = 'password=hunter2';
  const THROWS: readonly (readonly [string, () => Uint8Array | Promise<Uint8Array>])[] = [
    [
      'thrown at once',
      () => {
        throw new Error(secret);
      },
    ],
    ['thrown later', () => Promise.reject(new TypeError(secret))],
    [
      'an `internal` error',
      () => {
        throw new PortcullisError('internal', secret);
      },
    ],
    ['no error at all', () => Promise.reject(secret)],
  ];
  for (const [what, handler] of THROWS) {
    test(`${name}: ${what}: the caller learns nothing, onError everything`, async (t) => {
      const server = await serve(t, subject, [unary(handler)]);
      const outcome = await (await server.connect()).call(PATH, '');
      assert.equal(outcome.status, GRPC_STATUS.INTERNAL);
      assert.equal(outcome.message, 'internal error');
      assert.deepEqual(
        server.errors.map(({ code, message }) => [code, message]),
        [['internal', secret]],
      );
    });
  }

  const MESSAGES: readonly string[] = ['half a pair \ud800', 'x'.repeat(100_000)];
  for (const message of MESSAGES) {
    test(`${name}: an error message that does not fit a trailer is mended (${message.length})`, async (t) => {
      const client = await (
        await serve(t, subject, [
          unary(async () => {
            throw new PortcullisError('invalid_request', message);
          }),
        ])
      ).connect();
      const outcome = await client.call(PATH, '');
      assert.equal(outcome.status, GRPC_STATUS.INVALID_ARGUMENT);
      assert.ok(outcome.message.length > 0 && outcome.message.length < 10_000);
    });
  }

  test(`${name}: an unknown method is unimplemented, whatever its path`, async (t) => {
    const client = await (await serve(t, subject, [echo])).connect();
    for (const path of [
      '/contract.Test/Other',
      'contract.Test/Echo',
      '/',
      '//contract.Test/Echo',
      `${echo.path}/`,
      '/__proto__',
    ]) {
      const { status, reset } = await client.call(path, '');
      // HTTP/2 itself refuses a path without a slash in front (RFC 9113, 8.3.1).
      if (path.startsWith('/')) assert.equal(status, GRPC_STATUS.UNIMPLEMENTED, path);
      else assert.notEqual(status ?? reset, 0, path);
    }
  });

  test(`${name}: what is not gRPC gets no handler`, async (t) => {
    let called = 0;
    const client = await (
      await serve(t, subject, [
        unary((request) => {
          called++;
          return request;
        }),
      ])
    ).connect();
    for (const type of ['application/json', 'text/plain', '']) {
      await client.call(PATH, '', { 'content-type': type });
    }
    assert.equal(called, 0);
  });

  test(`${name}: a call without a message, and one with two, fail`, async (t) => {
    const client = await (await serve(t, subject, [echo])).connect();
    const none = client.start(echo.path);
    none.end();
    assert.equal((await none.outcome).status, GRPC_STATUS.UNIMPLEMENTED);
    const two = client.start(echo.path);
    two.send('a');
    two.send('b');
    two.end();
    assert.equal((await two.outcome).status, GRPC_STATUS.UNIMPLEMENTED);
  });

  test(`${name}: the deadline is absolute, on the monotonic clock, and Infinity when there is none`, async (t) => {
    const seen: number[] = [];
    const client = await (
      await serve(t, subject, [
        unary((request, call) => {
          seen.push(call.deadlineMs - performance.now());
          return request;
        }),
      ])
    ).connect();
    for (const timeout of ['', '20S', '1H', '30000m', '25000000u']) {
      await client.call(PATH, '', timeout === '' ? {} : { 'grpc-timeout': timeout });
    }
    const [none, ...given] = seen;
    assert.equal(none, Number.POSITIVE_INFINITY);
    for (const [index, expectedMs] of [20_000, 3_600_000, 30_000, 25_000].entries()) {
      const remainingMs = given[index] ?? Number.NaN;
      assert.ok(remainingMs <= expectedMs + 50 && remainingMs > expectedMs - 5000, `${remainingMs}`);
    }
  });

  for (const timeout of ['720H', '2147484S', '99999999H', '35792M']) {
    test(`${name}: ${timeout} is a long time, not none`, async (t) => {
      let remainingMs = 0;
      const client = await (
        await serve(t, subject, [
          unary((request, call) => {
            remainingMs = call.deadlineMs - performance.now();
            return request;
          }),
        ])
      ).connect();
      assert.equal((await client.call(PATH, '', { 'grpc-timeout': timeout })).status, 0);
      assert.ok(remainingMs > 24 * 86_400_000, `${remainingMs}`);
    });
  }

  test(`${name}: a call past its deadline ends, and its handler is told`, async (t) => {
    const aborted = gate<boolean>();
    const client = await (
      await serve(t, subject, [
        unary((request, call) => {
          const { promise, resolve } = Promise.withResolvers<Uint8Array>();
          call.signal.addEventListener('abort', () => {
            aborted.open(call.cancelled());
            resolve(request);
          });
          return promise;
        }),
      ])
    ).connect();
    const { status, messages } = await client.call(PATH, '', { 'grpc-timeout': '20m' });
    assert.equal(status, GRPC_STATUS.DEADLINE_EXCEEDED);
    assert.deepEqual(messages, []);
    assert.equal(await aborted.opened, true);
  });

  test(`${name}: an answer after the deadline is no answer, also when nothing could interrupt it`, async (t) => {
    const client = await (
      await serve(t, subject, [
        unary((request, call) => {
          while (performance.now() <= call.deadlineMs);
          return request;
        }),
      ])
    ).connect();
    const { status, messages } = await client.call(PATH, 'allow', { 'grpc-timeout': '20m' });
    assert.equal(status, GRPC_STATUS.DEADLINE_EXCEEDED);
    assert.deepEqual(messages, []);
  });

  test(`${name}: a handler sees that its caller has gone`, async (t) => {
    const started = gate<CallContext>();
    const finish = gate();
    const client = await (
      await serve(t, subject, [
        unary(async (request, call) => {
          started.open(call);
          await finish.opened;
          return request;
        }),
      ])
    ).connect();
    const call = client.start(PATH);
    call.send('x');
    call.end();
    const context = await started.opened;
    assert.equal(context.cancelled(), false);
    const told = new Promise((resolve) => context.signal.addEventListener('abort', resolve));
    call.cancel();
    await told;
    assert.equal(context.cancelled(), true);
    assert.equal(context.signal.aborted, true);
    finish.open();
    assert.equal((await client.call(PATH, 'next')).status, 0);
  });

  test(`${name}: an answered call aborts nothing`, async (t) => {
    const signals: AbortSignal[] = [];
    const client = await (
      await serve(t, subject, [
        unary((request, call) => {
          signals.push(call.signal);
          return request;
        }),
      ])
    ).connect();
    await client.call(PATH, '', { 'grpc-timeout': '10S' });
    await client.call(PATH, '');
    await sleep(10);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, false],
    );
  });

  test(`${name}: metadata by name; several values are one list`, async (t) => {
    const seen: (string | undefined)[] = [];
    const client = await (
      await serve(t, subject, [
        unary((request, call) => {
          for (const key of [
            'authorization',
            'x-list',
            'cookie',
            'x-trace-bin',
            'x-none',
            '__proto__',
            'constructor',
          ]) {
            seen.push(call.metadata(key));
          }
          return request;
        }),
      ])
    ).connect();
    await client.call(PATH, '', {
      authorization: 'Bearer t',
      'x-list': ['a', 'b'],
      cookie: ['a=1', 'b=2'],
      'x-trace-bin': 'AAEC',
    });
    // Cookies alone are joined otherwise (RFC 9113, 8.2.3).
    assert.deepEqual(seen, ['Bearer t', 'a, b', 'a=1; b=2', 'AAEC', undefined, undefined, undefined]);
  });
}
