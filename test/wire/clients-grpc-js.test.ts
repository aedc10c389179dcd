// needs: openssl
/** grpc-js, which is node's nghttp2. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  Client,
  type ClientOptions,
  compressionAlgorithms,
  credentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { REPEATS, startForClients } from './clients-server.ts';

const same = (bytes: Buffer): Buffer => bytes;

function unary(
  client: Client,
  method: string,
  request: Buffer,
  timeoutMs = 20_000,
): Promise<Buffer | number> {
  return new Promise((resolve) => {
    const deadline = Date.now() + timeoutMs;
    client.makeUnaryRequest(
      `/wire.v1.Clients/${method}`,
      same,
      same,
      request,
      { deadline },
      (error: ServiceError | null, answer) => resolve(error?.code ?? answer!),
    );
  });
}

async function asks(
  t: TestContext,
  target: string,
  ca: Buffer | undefined,
  options: ClientOptions,
): Promise<void> {
  const channel = ca === undefined ? credentials.createInsecure() : credentials.createSsl(ca);
  const client = new Client(target, channel, {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
    ...options,
  });
  t.after(() => client.close());
  for (const bytes of [0, 1, 20_000, 3_000_000]) {
    const request = Buffer.alloc(bytes, 'grpc-js');
    const answer = await unary(client, 'Echo', request);
    assert.ok(Buffer.isBuffer(answer) && answer.equals(request), `${bytes} bytes: ${String(answer)}`);
  }
  const many = await Promise.all(
    Array.from({ length: 1000 }, (_, n) => unary(client, 'Echo', Buffer.from(`${n}`))),
  );
  assert.deepEqual(
    many.map(String),
    Array.from({ length: 1000 }, (_, n) => `${n}`),
  );
  const messages: Buffer[] = [];
  const stream = client.makeServerStreamRequest(
    '/wire.v1.Clients/Repeat',
    same,
    same,
    Buffer.alloc(30_000, 'r'),
  );
  for await (const message of stream) messages.push(message as Buffer);
  assert.deepEqual([messages.length, messages[0]?.length], [REPEATS, 30_000]);
  assert.equal(await unary(client, 'Wait', Buffer.alloc(0), 200), 4);
  assert.equal(await unary(client, 'Nothing', Buffer.alloc(0)), 12);
}

test('grpc-js: unary, streams, large messages, gzip, deadlines, with TLS and without', async (t) => {
  const server = await startForClients(t);
  const gzip = { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip };
  await asks(t, server.plain, undefined, {});
  await asks(t, server.plain, undefined, gzip);
  await asks(t, server.secure, server.authority.cert, {});
  assert.equal(server.abandoned(), 3);
});
