import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallContext, RpcMethod } from '../../../src/rpc.ts';
import { PATH, type Subject, serve, until } from './harness.ts';
import { frame } from './raw-client.ts';

/** What a service learns of calls that never reach it. */
export function abandonedContract(subject: Subject): void {
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
      abandoned: (call) => told.push(call),
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
}
