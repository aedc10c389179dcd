import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FUZZ_PATHS } from './fuzz-conversation.ts';
import { Random } from './fuzz-random.ts';
import { fuzzBytes, runFuzz } from './fuzz-run.ts';
import { fuzzMethods } from './fuzz-subject.ts';
import { WireClient } from './raw-client.ts';
import { call } from './requests.ts';
import { createTransport } from './subject.ts';

/** A CI run has another beginning every day; a failure names its seed. */
const SEED = Math.floor(Date.now() / 86_400_000) * 10_000;

test('5,000 sequences of frames: proper answers or GOAWAY, never those of another stream, and nothing left behind', async (t) => {
  const tally = await runFuzz(SEED, 5000);
  t.diagnostic(`seeds from ${SEED}: ${JSON.stringify(tally)}`);
  assert.equal(tally.sequences, 5000);
  assert.ok(
    tally.untouched > 500 &&
      tally.goneAway > 500 &&
      tally.answers > 5000 &&
      tally.waited > 500 &&
      tally.streamsWaited > 100,
    'the sequences are of all kinds',
  );
});

test('300 sequences over sockets, in reads of any size: other connections are answered, and a drain ends', async (t) => {
  const failures: unknown[] = [];
  const transport = createTransport(
    { address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, onError: (error) => failures.push(error) },
    fuzzMethods(),
  );
  const clients: WireClient[] = [];
  t.after(async () => {
    for (const client of clients) client.close();
    await transport.drain(0);
  });
  const address = await transport.listen();
  const connect = async (opening?: Uint8Array): Promise<WireClient> => {
    const client = await WireClient.connect(address, {
      acknowledges: opening === undefined,
      ...(opening && { opening }),
    });
    clients.push(client);
    return client;
  };
  const bystander = await connect();
  for (let seed = SEED; seed < SEED + 300; seed++) {
    const random = new Random(seed);
    const bytes = fuzzBytes(seed);
    const client = await connect(Buffer.alloc(0));
    for (let at = 0; at < bytes.length && !client.ended; ) {
      const size = 1 + random.below(bytes.length);
      client.write(bytes.subarray(at, at + size));
      at += size;
      await new Promise(setImmediate);
    }
    if (seed % 3 === 0) client.socket.end();
    else if (seed % 3 === 1) client.close();
    const { grpcStatus, messages } = await call(bystander, FUZZ_PATHS.now, `bystander of ${seed}`);
    assert.deepEqual([grpcStatus, String(messages[0]?.bytes)], [0, `bystander of ${seed}`]);
  }
  assert.deepEqual(failures, []);
  await transport.drain(500);
  await bystander.closed();
});
