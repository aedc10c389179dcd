/** Contract, part 3: the end of a server, which fails no call. */
import assert from 'node:assert/strict';
import { constants } from 'node:http2';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { GRPC_STATUS } from '../../../src/errors.ts';
import { echo, gate, LOOPBACK, PATH, type Subject, serve, serverStream, unary, until } from './harness.ts';
import { frame, type Outcome, RawClient } from './raw-client.ts';

export function drainContract(subject: Subject): void {
  const { name } = subject;

  test(`${name}: calls in flight are answered while the server drains`, async (t) => {
    const finish = gate();
    let started = 0;
    const server = await serve(t, subject, [
      unary(async (request) => {
        started++;
        await finish.opened;
        return request;
      }),
    ]);
    const clients = await Promise.all(Array.from({ length: 4 }, () => server.connect()));
    const calls = clients.flatMap((client) =>
      Array.from({ length: 50 }, (_, index) => client.call(PATH, `${index}`)),
    );
    await until(() => started >= calls.length);
    const drained = server.transport.drain(60_000);
    await assert.rejects(RawClient.connect(server.address));
    finish.open();
    const outcomes = await Promise.all(calls);
    assert.deepEqual(
      outcomes.filter(({ status }) => status !== 0),
      [],
    );
    await drained;
    await Promise.all(clients.map((client) => client.closed()));
  });

  test(`${name}: calls that are on their way when the drain begins are answered, also on idle connections`, async (t) => {
    const server = await serve(t, subject, [echo]);
    const clients = await Promise.all(Array.from({ length: 8 }, () => server.connect()));
    await Promise.all(clients.map((client) => client.call(echo.path, 'warm')));
    // The requests leave the clients after the drain has begun and before the clients can know.
    const drained = server.transport.drain(60_000);
    const outcomes = await Promise.all(clients.map((client) => client.call(echo.path, 'late')));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      clients.map(() => 0),
    );
    await drained;
  });

  test(`${name}: clients that go elsewhere when told lose no call under load`, async (t) => {
    const first = await serve(t, subject, [echo]);
    const second = await serve(t, subject, [echo]);
    const failed: Outcome[] = [];
    let answered = 0;
    const stop = new AbortController();
    const callers = Array.from({ length: 8 }, async () => {
      let client = await first.connect();
      while (!stop.signal.aborted) {
        const outcome = await client.call(echo.path, 'x');
        if (outcome.status === 0) answered++;
        // Not sent at all: the client itself had just learnt that it should go.
        else if (outcome.reset === constants.NGHTTP2_REFUSED_STREAM) client = await second.connect();
        else failed.push(outcome);
        if (client.session.closed || client.session.destroyed) client = await second.connect();
      }
    });
    await until(() => answered >= 500);
    await first.transport.drain(60_000);
    const before = answered;
    await until(() => answered >= before + 500);
    stop.abort();
    await Promise.all(callers);
    assert.deepEqual(failed, []);
  });

  test(`${name}: idle connections, and half-open ones, do not hold a drain up`, async (t) => {
    const server = await serve(t, subject, [echo]);
    const idle = await server.connect();
    await idle.call(echo.path, '');
    assert.equal(server.address.kind, 'tcp');
    if (server.address.kind !== 'tcp') return;
    const silent = connect(server.address.port, server.address.host);
    t.after(() => silent.destroy());
    await new Promise((resolve) => silent.once('connect', resolve));
    await server.transport.drain(60_000);
    await idle.closed();
  });

  test(`${name}: after the grace streams end with UNAVAILABLE and their signal aborts`, async (t) => {
    const aborted = gate();
    const server = await serve(t, subject, [
      serverStream(async function* (_, call) {
        yield Buffer.from('first');
        await new Promise<void>((resolve) => {
          call.signal.addEventListener('abort', () => {
            aborted.open();
            resolve();
          });
        });
      }),
    ]);
    const call = (await server.connect()).start(PATH);
    call.stream.end(frame(''));
    await call.received(1);
    await server.transport.drain(20);
    const { status, messages } = await call.outcome;
    assert.equal(status, GRPC_STATUS.UNAVAILABLE);
    assert.equal(messages.length, 1);
    await aborted.opened;
  });

  test(`${name}: after the grace a call that never ends is cut`, async (t) => {
    const server = await serve(t, subject, [unary(() => new Promise<Uint8Array>(() => {}))]);
    const call = (await server.connect()).start(PATH);
    call.stream.end(frame(''));
    await sleep(20);
    await server.transport.drain(0);
    assert.notEqual((await call.outcome).status, 0);
  });

  test(`${name}: draining twice, and before listening, is fine; the port is free afterwards`, async (t) => {
    await subject.create({ address: LOOPBACK }, [echo]).drain(0);
    const server = await serve(t, subject, [echo]);
    await Promise.all([server.transport.drain(0), server.transport.drain(60_000)]);
    await serve(t, subject, [echo], { address: server.address });
  });
}
