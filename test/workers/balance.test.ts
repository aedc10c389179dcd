// needs: opa
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionBalance } from '../../src/app/workers/connection-balance.ts';
import { formatAddress } from '../../src/config/address.ts';
import { DecisionService } from '../../src/gen/portcullis/v1/decision_pb.ts';
import { GrpcClient } from '../support/grpc-client.ts';
import { until } from '../support/until.ts';
import { CONFIG, fragileServer } from './site.ts';

test('a client of the worker that has all of them comes to the one that has none, and no call fails', async (t) => {
  const stopped = t.mock.method(ConnectionBalance.prototype, 'stop');
  // By Unix sockets, where who connects comes to one worker after the other.
  const server = await fragileServer(
    t,
    CONFIG.replace('grpc: { address: 127.0.0.1:0', 'grpc: { address: unix:grpc.sock'),
  );
  const cameTo = async (number: number): Promise<number> => (await server.portsOf(number)).length;
  const ask = async (client: GrpcClient): Promise<void> => {
    const input = { case: 'json' as const, value: Buffer.from('{"n":4}') };
    const { decision } = await client.call(DecisionService.method.check, { question: { input } });
    assert.equal(decision?.allowed, true);
  };
  const clients: GrpcClient[] = [];
  while (clients.length < 2) {
    const others = await cameTo(2);
    const client = new GrpcClient(formatAddress(server.running.addresses.grpc));
    server.site.cleanup(() => client.close());
    await ask(client);
    if ((await cameTo(2)) === others) clients.push(client);
    else client.close();
  }
  const before = await cameTo(2);
  await until(
    async () => {
      await Promise.all(clients.map(ask));
      return cameTo(2);
    },
    (now) => now > before,
  );
  await Promise.all(clients.map(ask));
  assert.equal(stopped.mock.callCount(), 0);
  await server.running.stop();
  assert.equal(stopped.mock.callCount(), 1);
});
